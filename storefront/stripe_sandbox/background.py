"""The two threads that never ask: one does what is due by the sandbox's clock, one delivers events."""

from __future__ import annotations

import logging
import threading

from . import delivery, paying, refunding, sessions
from .errors import ApiError
from .state import State

log = logging.getLogger("stripe_sandbox")

_TASKS = {"settle": paying.settle, "dispute": refunding.open_dispute, "refund": refunding.succeed}


def work_off(state: State) -> int:
    """Do all that is due by the sandbox's clock; how many things that were."""
    done = sessions.expire_due(state)
    for row in state.rows("SELECT * FROM tasks WHERE due <= ? ORDER BY due, id", state.now()):
        with state.transaction():
            if not state.run("DELETE FROM tasks WHERE id = ?", row["id"]):
                continue  # another thread was faster
            done += 1
            try:
                _TASKS[row["kind"]](state, row["object"])
            except ApiError as error:
                log.info("%s of %s is no longer possible: %s", row["kind"], row["object"], error)
    return done


class Background:
    """Both threads, started and stopped together."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._housekeep, name="sandbox-housekeeper", daemon=True),
            threading.Thread(target=self._carry, name="sandbox-courier", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, after what is being sent just now."""
        self._stop.set()
        self.state.wake.set()
        for thread in self._threads:
            thread.join(self.state.options.webhook_timeout + 5)

    def _housekeep(self) -> None:
        while not self._stop.wait(self.state.options.tick_seconds):
            try:
                work_off(self.state)
            except Exception:
                log.exception("the housekeeper stumbled and goes on")

    def _carry(self) -> None:
        while not self._stop.is_set():
            self.state.wake.clear()
            try:
                row = delivery.claim_next(self.state)
                if row is not None:
                    delivery.deliver(self.state, row)
                    continue
            except Exception:
                log.exception("the courier stumbled and goes on")
            self.state.wake.wait(self.state.options.tick_seconds)
