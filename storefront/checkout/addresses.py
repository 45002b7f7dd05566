"""An address as the post of its country wants it written: what stands on labels, pages, letters and invoices."""

from __future__ import annotations

from collections.abc import Mapping

# From the posts' own forms, as libaddressinput collects them in Latin letters; Babel has none.
_FORMS = {
    "{city}, {region} {postcode}": "US PR GU VI AS MP TW JP KR CN",
    "{city} {region} {postcode}": "CA AU",
    "{city}\n{region}\n{postcode}": "GB IE GG IM JE ZA KE LK",
    "{city} {postcode}\n{region}": "NZ IN NP BD ID PK SG TH VN",
    "{postcode} {city} {region}": "IT ES",
    "{postcode} {city}, {region}": "MX",
}
_REST = "{postcode} {city}\n{region}"
_FORM_OF = {country: form for form, countries in _FORMS.items() for country in countries.split()}


def address_lines(address: Mapping[str, str], country: str) -> list[str]:
    """The address, a line each, the country's name last; what wasn't given leaves no gap and no comma."""
    place = _FORM_OF.get(address["country"], _REST).format_map(address)
    # A part that wasn't given leaves two spaces behind; none of the answers has any.
    written = [" ".join(line.replace(",  ", " ").split()).strip(", ") for line in place.split("\n")]
    return [line for line in (address["street"], *written, country) if line]
