"""A sandbox put together: its memory, its threads and its HTTP server, started and stopped as one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import create_app, is_loopback
from .background import Background
from .options import Options
from .state import State


class _Quiet(WSGIRequestHandler):
    """No line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Sandbox:
    """One sandbox. `url` is what `STRIPE_API_BASE` has to be."""

    def __init__(self, options: Options) -> None:
        if not is_loopback(options.host):
            raise ValueError("the sandbox listens on loopback addresses only")
        self.options = options
        self.state = State(options)
        self.app = create_app(self.state)
        self._background = Background(self.state)
        self._server: BaseWSGIServer = make_server(
            options.host, options.port, self.app, threaded=True, request_handler=_Quiet
        )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self.url = f"http://{options.host}:{self._server.port}"

    def run(self) -> None:
        """Serve until `stop` is called from another thread."""
        self._background.start()
        self._server.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Answer nobody any more, finish what is under way and close the database."""
        self._server.shutdown()
        self._server.server_close()
        self._background.stop()
        self.state.close()


def create_sandbox(options: Options | None = None) -> Sandbox:
    """A sandbox that listens already and answers once `run` is called."""
    return Sandbox(options or Options())


@contextmanager
def run_in_thread(options: Options | None = None) -> Iterator[Sandbox]:
    """A sandbox that runs beside the caller; stopped at the end."""
    sandbox = create_sandbox(options)
    thread = threading.Thread(target=sandbox.run, name="sandbox-server", daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()
        thread.join(10)


def serve(options: Options | None = None) -> None:
    """Run a sandbox until the process is asked to end."""
    sandbox = create_sandbox(options)

    def end(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=sandbox.stop).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    print(f"Stripe sandbox at {sandbox.url}; no money moves here", flush=True)
    sandbox.run()
