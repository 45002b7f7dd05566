"""Makes the web and print fonts out of the font packages, once, as a set-up step.

`python -m storefront.fonts` writes to `static/fonts/`: one variable woff2 a family for the pages (only the
weight varies, only Latin glyphs, so that each stays under 40 kB) and plain regular and bold TTFs for PDFs and
share cards, which cannot read variable fonts. For names in other scripts PDFs have one plain font each, in
regular only. The result is generated and never committed.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).resolve().parent.parent / "static" / "fonts"

# Basic Latin, Latin-1, Latin Extended-A, a few letters of Romanian and Vietnamese names, spacing accents,
# punctuation, currency signs, arrows, minus and the multiplication sign.
UNICODES = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *(0x218, 0x219, 0x21A, 0x21B, 0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x2C6, 0x2C7, 0x2DA, 0x2DC),
    *range(0x2010, 0x2028),
    *(0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044),
    *range(0x20A0, 0x20C0),
    *(0x2116, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2197, 0x2212, 0x2215, 0x2248, 0x2260, 0x2264, 0x2265),
)
# Headings need no arrows and few signs; leaving them (and rare letters) out keeps the file under its budget.
EXTENDED_LETTERS = "ĀāĂăĄąĆćČčĎďĒēĘęĚěĞğĪīİıŁłŃńŇňŌōŐőŒœŘřŚśŞşŠšŤťŪūŮůŰűŸŹźŻżŽžȘșȚț"
HEADING_UNICODES = (
    *range(0x20, 0x7F),
    *(code for code in range(0xA0, 0x100) if chr(code) not in "¤¦§¨¬¯±²³´¶¸¹º¼½¾×÷"),
    *map(ord, EXTENDED_LETTERS),
    *(0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x20AC),
)
# What Nepali, Hindi and Marathi are written with; the letters of Vedic, Sindhi and Kashmiri weigh 9 kB more.
DEVANAGARI = (
    *range(0x901, 0x904),
    *(code for code in range(0x905, 0x93A) if code not in {0x90C, 0x90E, 0x912, 0x929, 0x931, 0x934}),
    *(0x93C, 0x93D, *range(0x93E, 0x944), 0x945, 0x947, 0x948, 0x949, 0x94B, 0x94C, 0x94D, 0x950),
    *(*range(0x958, 0x960), *range(0x964, 0x971), 0x200C, 0x200D, 0x20B9, 0x25CC),
)
FEATURES = ["kern", "liga", "ccmp", "locl", "mark", "tnum", "case", "frac", "numr", "dnom"]


@dataclass(frozen=True)
class Family:
    """One family: where its source is, which axes are pinned, and which weights the pages use."""

    name: str
    package: str
    file: str
    pinned: dict[str, float]
    weights: tuple[int, int] | int
    unicodes: tuple[int, ...]
    features: tuple[str, ...] = tuple(FEATURES)
    printed: bool = True


FAMILIES = (
    # An optical size of 48 keeps the hairlines of the large headings fine and the small ones legible.
    Family(
        "fraunces",
        "fontpkg_fraunces",
        "Fraunces[SOFT,WONK,opsz,wght].ttf",
        {"opsz": 48, "SOFT": 0, "WONK": 0},
        # One weight between book and medium serves every heading; a range of them weighs 13 kB more on each page.
        450,
        HEADING_UNICODES,
    ),
    Family("figtree", "fontpkg_figtree", "Figtree[wght].ttf", {}, (400, 700), UNICODES),
    # Loaded only where Devanagari stands; its letters can't be joined without all of its features.
    Family(
        "devanagari",
        "fontpkg_noto_sans_devanagari",
        "NotoSansDevanagari[wdth,wght].ttf",
        {"wdth": 100},
        (400, 400),
        DEVANAGARI,
        features=("*",),
        printed=False,
    ),
)

# What a name in a PDF may be written with besides Figtree, the first that has a letter draws it. Other scripts
# are transliterated.
SCRIPTS = {
    "latin": ("manimgx_fonts", "NotoSans[wght].ttf"),  # and Greek and Cyrillic
    "nepali": ("fontpkg_noto_sans_devanagari", "files/NotoSansDevanagari[wdth,wght].ttf"),
    "arabic": ("manimgx_fonts", "NotoSansArabic[wght].ttf"),
    "hebrew": ("manimgx_fonts", "NotoSansHebrew[wght].ttf"),
    "thai": ("manimgx_fonts", "NotoSansThai[wght].ttf"),
    "chinese": ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),  # and kana
    "emoji": ("manimgx_fonts", "NotoEmoji[wght].ttf"),
}


def build_fonts(target: Path = TARGET) -> list[Path]:
    """Write the fonts to `target` unless they are there and current; returns the paths written."""
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for family in FAMILIES:
        data = files(family.package).joinpath("files", family.file).read_bytes()
        stamp, mark = target / f".{family.name}.stamp", _mark(data)
        suffixes = (".woff2", "-regular.ttf", "-bold.ttf") if family.printed else (".woff2",)
        outputs = [target / f"{family.name}{suffix}" for suffix in suffixes]
        if stamp.exists() and stamp.read_text() == mark and all(path.exists() for path in outputs):
            continue
        _build_family(family, data, outputs)
        stamp.write_text(mark)
        written += outputs
    for name, (package, file) in SCRIPTS.items():
        output = script_path(name, target)
        data = files(package).joinpath(file).read_bytes()
        stamp, mark = target / f".{output.stem}.stamp", _mark(data)
        if stamp.exists() and stamp.read_text() == mark and output.exists():
            continue
        output.write_bytes(_plain(data))
        stamp.write_text(mark)
        written.append(output)
    return written


def script_path(name: str, target: Path = TARGET) -> Path:
    """Where the plain font of one of `SCRIPTS` is."""
    return target / f"script-{name}{Path(SCRIPTS[name][1]).suffix}"


def _plain(data: bytes) -> bytes:
    """The font in its regular width and weight; as it is, where nothing varies."""
    font = TTFont(io.BytesIO(data))
    if "fvar" not in font:
        return data
    buffer = io.BytesIO()
    instancer.instantiateVariableFont(
        font, {axis.axisTag: {"wdth": 100}.get(axis.axisTag, 400) for axis in font["fvar"].axes}
    ).save(buffer)
    return buffer.getvalue()


def _mark(data: bytes) -> str:
    """What the result depends on: the source font and this file."""
    return hashlib.sha256(data + Path(__file__).read_bytes()).hexdigest()


def _build_family(family: Family, data: bytes, outputs: list[Path]) -> None:
    web, *printed = outputs
    font = _instance(data, {**family.pinned, "wght": family.weights})
    _save(font, web, family.unicodes, family.features, flavor="woff2")
    for path, weight in zip(printed, (400, 700), strict=False):
        _save(_instance(data, {**family.pinned, "wght": weight}), path, UNICODES, family.features, flavor=None)


def _instance(data: bytes, limits: dict[str, float | int | tuple[int, int]]) -> TTFont:
    """The font with its axes limited; read back, as the subsetter trips over tables made in memory."""
    buffer = io.BytesIO()
    instancer.instantiateVariableFont(TTFont(io.BytesIO(data)), limits).save(buffer)
    buffer.seek(0)
    return TTFont(buffer)


def _save(
    font: TTFont, path: Path, unicodes: tuple[int, ...], features: tuple[str, ...], *, flavor: str | None
) -> None:
    options = subset.Options(
        flavor=flavor,
        layout_features=list(features),
        hinting=False,
        desubroutinize=True,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=unicodes)
    subsetter.subset(font)
    subset.save_font(font, str(path), options)


def main() -> None:
    """Build and say in one line what happened."""
    written = build_fonts()
    if not written:
        print("Fonts are up to date.")
    for path in written:
        print(f"{path.name}: {path.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
