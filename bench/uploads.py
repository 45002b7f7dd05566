"""Measures what a file from outside can cost: peak resident memory, CPU and elapsed time, each in a fresh process.

`python bench/uploads.py [--mutations 1000]` sends hostile pictures, archives and documents through the code that
the studio's forms call, then so many mutations each of a good JPEG, PNG, WebP and AVIF, then one photograph of 12
megapixels the whole way. Exits with 1 if anything but a refusal or a clean picture comes out, or if anything takes
200 MB or 3 seconds of the processor.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import hostile_files as hostile  # noqa: E402

from storefront.core import decoding  # noqa: E402

MOST_BYTES, MOST_SECONDS = 200_000_000, 3.0
DECODER = [sys.executable, "-I", decoding.__file__]
# A process inherits its parent's peak of memory, so it is started by one that has hardly any.
START = """
import json, os, subprocess, sys, time
begun = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
head, _, body = child.stdout.read().partition(b"\\n")
_, status, used = os.wait4(child.pid, 0)
head = head.decode(errors="replace").strip()
facts = [used.ru_maxrss * 1024, used.ru_utime + used.ru_stime, time.monotonic() - begun, status, head]
print(json.dumps([*facts, body[:4].hex(), any(bad in body for bad in (b"<script", b"<?php", b"PK\\3\\4"))]))
"""
# What the forms do with an archive or a document, and with a photograph: request and worker apart.
STEPS = {
    "nothing": """
import sys; sys.path.insert(0, sys.argv[1])
from storefront.core import archives, documents, media
print("the shop's code was loaded")
""",
    "archive": """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from storefront.core import archives, media
try:
    with archives.Archive(Path(sys.argv[2])) as found:
        sizes = [len(found.read(name, media.MAX_BYTES + 1)) for name in sorted(found.names)]
    print(f"{len(sizes)} files, read one at a time")
except archives.UnfitArchive as error:
    print("refused:", error.why)
""",
    "document": """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from storefront.core import documents
try:
    print("kept for download only:", documents.check(Path(sys.argv[2]).read_bytes())[1])
except documents.UnreadableDocument as error:
    print("refused:", error.why)
""",
    "request": """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from storefront.core import media
media.prepare(media.decode(Path(sys.argv[2]).read_bytes()), folder=Path(sys.argv[3]))
print("taken")
""",
    "worker": """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from PIL import Image
from storefront.core import media
path = next(Path(sys.argv[3]).glob("*-master.webp"))
with Image.open(path) as master:
    media._render_all(master.convert("RGB"), media._widths(master.width), Path(sys.argv[3]), "photograph")
print("renditions made")
""",
}


@dataclass(frozen=True)
class Cost:
    """What one file took, in bytes and seconds, and what became of it."""

    memory: int
    cpu: float
    elapsed: float
    end: str
    safe: bool

    @property
    def fits(self) -> bool:
        """Whether it is within the limits, and came to an end that is meant."""
        return self.safe and self.memory < MOST_BYTES and self.cpu <= MOST_SECONDS + 0.3


def measure(command: list[str], stdin: bytes = b"") -> Cost:
    """Run this in a fresh process."""
    with tempfile.TemporaryFile() as file:
        file.write(stdin)
        file.seek(0)
        start = [sys.executable, "-I", "-S", "-c", START, *command]
        answer = subprocess.run(start, stdin=file, capture_output=True, check=True).stdout
    memory, cpu, elapsed, status, head, magic, dirty = json.loads(answer)
    if command != DECODER:
        return Cost(memory, cpu, elapsed, head or f"failed ({status})", bool(head) and not status)
    facts = json.loads(head) if head.startswith("{") and not status else {}
    if "refused" in facts:
        return Cost(memory, cpu, elapsed, f"refused: {facts['refused']}", True)
    if facts:
        return Cost(memory, cpu, elapsed, "re-encoded", bytes.fromhex(magic) == b"RIFF" and not dirty)
    # The decoder was ended by its own limits; whatever ends it is refused as too large.
    return Cost(memory, cpu, elapsed, "refused: too much", bool(status))


def row(name: str, cost: Cost) -> str:
    """One line of the table."""
    return f"| {name} | {cost.memory / 1e6:.0f} | {cost.cpu:.2f} | {cost.elapsed:.2f} | {cost.end} |"


def worst(costs: Iterable[Cost]) -> str:
    """What the mutations of one kind came to, in one line of the table."""
    all_of_them = list(costs)
    opened = sum(cost.end == "re-encoded" for cost in all_of_them)
    peak = max(cost.memory for cost in all_of_them)
    cpu, elapsed = (max(getattr(cost, what) for cost in all_of_them) for what in ("cpu", "elapsed"))
    return f"{peak / 1e6:.0f} | {cpu:.2f} | {elapsed:.2f} | {opened} re-encoded, {len(all_of_them) - opened} refused |"


def in_steps(step: str, data: bytes, folder: Path) -> Cost:
    """Run one of STEPS over a file."""
    path = folder / "file"
    path.write_bytes(data)
    return measure([sys.executable, "-c", STEPS[step], str(ROOT), str(path), str(folder)])


def main() -> int:
    """Measure, print the table, and say by the exit code whether all fits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutations", type=int, default=1000)
    times = parser.parse_args().mutations
    print("| file | peak MB | CPU s | elapsed s | what becomes of it |\n|---|---|---|---|---|")
    costs: list[Cost] = []

    def show(name: str, cost: Cost) -> None:
        costs.append(cost)
        print(row(name, cost) + ("" if cost.fits else " **beyond the limits**"), flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for name, data in hostile.hostile_pictures().items():
            show(name, measure(DECODER, data))
        show("nothing", in_steps("nothing", b"", folder))
        for step, files in (("archive", hostile.hostile_archives()), ("document", hostile.hostile_documents())):
            for name, data in files.items():
                show(name, in_steps(step, data, folder))
        for kind in hostile.KINDS:
            found = [measure(DECODER, data) for data in hostile.mutations(hostile.picture(kind), times)]
            costs += found
            print(f"| {len(found):,} mutations of a {kind} | {worst(found)}", flush=True)
        photograph = hostile.phone_photograph()
        print(f"\nA photograph of 12 megapixels ({len(photograph) / 1e6:.1f} MB):\n")
        for step, what in (("request", "the request"), ("worker", "the worker's renditions")):
            print(row(what, in_steps(step, photograph, folder)))
    unfit = sum(not cost.fits for cost in costs)
    print(f"\n{len(costs):,} hostile files, {unfit} of them beyond the limits.")
    return 1 if unfit else 0


if __name__ == "__main__":
    sys.exit(main())
