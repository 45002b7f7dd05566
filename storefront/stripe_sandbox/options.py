"""Everything that can be chosen when a sandbox is started."""

from __future__ import annotations

from dataclasses import dataclass

#: The API version of the SDK that the shop pins. Requests that name another one are refused.
API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Options:
    """How one sandbox runs. Times are in seconds."""

    host: str = "127.0.0.1"
    port: int = 5010  # 0 takes any free port
    database: str = ":memory:"
    webhook_url: str = ""  # empty: events are recorded and sent nowhere
    webhook_secret: str = ""  # several, comma separated, while one is rotated: each signs
    settle_seconds: float = 2.0  # from charge to its balance transaction, on the sandbox's clock
    dispute_seconds: float = 2.0  # from a charge on the dispute card to the dispute
    retry_seconds: tuple[float, ...] = (1, 5, 15, 60, 300, 900, 3600)  # the last one repeats
    attempts: int = 16  # deliveries of one event before it is given up
    webhook_timeout: float = 10.0
    tick_seconds: float = 0.25  # how often the background threads look for something due
