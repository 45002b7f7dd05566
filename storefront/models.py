"""Every model, imported once, so that the metadata is whole for migrations and tests."""

from storefront.accounts import models as accounts
from storefront.cart import models as cart
from storefront.catalog import models as catalog
from storefront.catalog.batches import models as batches
from storefront.charities import models as charities
from storefront.checkout import models as checkout
from storefront.concerns import models as concerns
from storefront.core import documents, journal, mail, media, refusing, signing
from storefront.giving import models as giving
from storefront.payments import models as payments
from storefront.payments import return_models as returns
from storefront.producers import models as producers
from storefront.provenance import models as provenance
from storefront.receipts import models as receipts
from storefront.updates import models as updates
from storefront.vetting import models as vetting
from storefront.voices import models as voices

__all__ = [
    "accounts", "batches", "cart", "catalog", "charities", "checkout", "concerns", "documents", "giving", "journal",
    "mail", "media", "payments", "producers", "provenance", "receipts", "refusing", "returns", "signing", "updates",
    "vetting", "voices",
]  # fmt: skip
