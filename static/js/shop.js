// Everything here makes a page that already works more pleasant. One module a behaviour, found by its data attribute.
import "./cart_count.js";
import "./gallery.js";
import "./variants.js";
import "./auto_submit.js";
import "./filter_panel.js";
import "./copy_link.js";
import "./favourite.js";
import "./error_summary.js";
import "./kept_draft.js";
import "./buy_bar.js";
