"""Addresses in the form that the post of each country sorts by."""

from __future__ import annotations

import pytest

from storefront.checkout.addresses import address_lines


@pytest.mark.parametrize(
    ("country", "city", "region", "postcode", "place"),
    [
        ("US", "Springfield", "IL", "62701", ["Springfield, IL 62701"]),
        ("CA", "Ottawa", "ON", "K1A 0B1", ["Ottawa ON K1A 0B1"]),
        ("AU", "Perth", "WA", "6000", ["Perth WA 6000"]),
        ("GB", "Leeds", "", "LS1 1AA", ["Leeds", "LS1 1AA"]),
        ("GB", "Otley", "West Yorkshire", "LS21 1AA", ["Otley", "West Yorkshire", "LS21 1AA"]),
        ("NZ", "Napier", "", "4110", ["Napier 4110"]),
        ("IT", "Prato", "PO", "59100", ["59100 Prato PO"]),
        ("BE", "Ghent", "", "9000", ["9000 Ghent"]),
        ("FR", "Lyon", "Rhône", "69001", ["69001 Lyon", "Rhône"]),
        ("HK", "Kowloon", "", "", ["Kowloon"]),
        ("TW", "Hualien", "", "97001", ["Hualien 97001"]),
        ("US", "Springfield", "", "", ["Springfield"]),
        ("XX", "{city}", "", "%s", ["%s {city}"]),
    ],
)
def test_the_place_is_written_as_its_country_does(country, city, region, postcode, place):
    address = {"street": "1 Quiet Road", "city": city, "region": region, "postcode": postcode, "country": country}
    assert address_lines(address, "The Country") == ["1 Quiet Road", *place, "The Country"]
