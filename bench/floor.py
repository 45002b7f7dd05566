"""The floor that the shop is measured beside: bare Flask, one Jinja page of the same size, no database."""

from __future__ import annotations

from flask import Flask, render_template
from jinja2 import DictLoader

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1><ul>
{% for card in cards %}
<li><a href="{{ card.href }}"><img src="{{ card.src }}" alt="{{ card.alt }}" width="320" height="320"></a>
<p>{{ card.title }}</p><p>{{ card.producer }}</p><p>{{ card.price }}</p><p>{{ card.fact }}</p></li>
{% endfor %}
</ul></body></html>"""


def create_app() -> Flask:
    """One page of 24 cards, rendered afresh for each request."""
    app = Flask(__name__)
    app.jinja_loader = DictLoader({"page.html": PAGE})
    cards = [
        {
            "href": f"/products/{n}",
            "src": f"/media/{n}-320.webp",
            "alt": f"Picture {n}",
            "title": f"Product number {n}",
            "producer": f"Producer {n}, a valley",
            "price": "$24.00",
            "fact": "$1.20 to a charity",
        }
        for n in range(24)
    ]

    @app.get("/")
    def page() -> str:
        return render_template("page.html", title="Floor", cards=cards)

    return app
