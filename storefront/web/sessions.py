"""Server-side sessions for Flask, and the current user on top of them.

Lazy: a request that touches neither `flask.session` nor `current_user` costs no statement and sets no
cookie, so that public pages can be cached. The cookie holds a random key; everything else is a row that
can be ended at once (`accounts.sessions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import flask
from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import SessionInterface, SessionMixin
from flask_login import LoginManager, current_user

from storefront.accounts import sessions
from storefront.accounts.models import User
from storefront.config import Settings
from storefront.core import clock
from storefront.core.db import unit_of_work


class ServerSession(SessionMixin):
    """The session of one request: a mapping that is read from its row at the first touch."""

    modified = False

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.touched = False
        self.replaced = False
        self._found: sessions.OpenSession | None = None
        self._user: User | None = None
        self._data: dict[str, Any] = {}

    @property
    def user(self) -> User | None:
        """Who is signed in, or None."""
        self._load()
        return self._user

    @property
    def key_hash(self) -> str | None:
        """The name of the session's row, or None while there is none."""
        self._load()
        return self._found.key_hash if self._found else None

    def begin(self, user: User, **data: Any) -> None:
        """Sign `user` in under a new key; whatever the session held before gives way to `data`."""
        self._load()
        self._user, self._data, self.replaced = user, data, True
        _set_current_user(user)

    def renew(self) -> None:
        """Give the same session a new key, for when what it may do has changed."""
        self._load()
        self.replaced = True

    def end(self) -> None:
        """Sign out: the row goes, the cookie goes."""
        self._load()
        self._user, self._data, self.replaced = None, {}, True
        _set_current_user(None)

    def save(self, now: datetime, address: str, browser: str) -> str | None:
        """Write what has changed; returns the key that the browser shall hold, None for none at all."""
        wanted = self._user is not None or bool(self._data)
        if self._found and not self.replaced and wanted:
            if self.modified or self._found.wants_touch(now):
                with unit_of_work():
                    self._rewrite(self._found.key_hash, now)
            return self.key
        if not self._found and not wanted:
            return None
        with unit_of_work():
            if self._found:
                sessions.end(self._found.key_hash)
            if not wanted:
                return None
            user_id = self._user.id if self._user else None
            return sessions.begin(user_id, self._data, address=address, browser=browser, now=now)

    def _rewrite(self, hashed: str, now: datetime) -> None:
        if self.modified:
            sessions.write(hashed, self._data, now)
        else:
            sessions.touch(hashed, now)

    def _load(self) -> None:
        if self.touched:
            return
        self.touched = True
        if self.key:
            self._found = sessions.find(self.key, clock.now())
        if self._found:
            self._user, self._data = self._found.user, self._found.data

    def __getitem__(self, name: str) -> Any:
        self._load()
        return self._data[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._load()
        self.modified = True
        self._data[name] = value

    def __delitem__(self, name: str) -> None:
        self._load()
        del self._data[name]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(dict(self._data))

    def __len__(self) -> int:
        self._load()
        return len(self._data)


class TableSessions(SessionInterface):
    """Opens a session from its cookie and saves it; the cookie is `__Host-session` wherever there is HTTPS."""

    def __init__(self, secure: bool) -> None:
        self.secure = secure
        self.cookie = "__Host-session" if secure else "session"

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """Nothing is read yet: only the key is taken from the cookie."""
        # One application context may surround several requests (tests do that); what Flask-Login and Flask-WTF
        # remember of one visitor must not stay in it for the next.
        for name in ("_login_user", "csrf_token", "csrf_valid"):
            g.pop(name, None)
        return ServerSession(request.cookies.get(self.cookie))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing at all for a session that was not touched; a page that did touch it is kept by no cache."""
        assert isinstance(session, ServerSession)
        if not session.touched:
            return
        response.vary.add("Cookie")
        response.headers["Cache-Control"] = "private, no-store"
        response.headers.pop("ETag", None)
        key = session.save(clock.now(), request.remote_addr or "", browser_name(request.user_agent.string))
        shared: dict[str, Any] = {"path": "/", "secure": self.secure, "httponly": True, "samesite": "Lax"}
        if key is None:
            if session.key is not None:
                response.delete_cookie(self.cookie, **shared)
        elif key != session.key:
            response.set_cookie(self.cookie, key, max_age=sessions.ABSOLUTE, **shared)


# Looked for in this order, because each of these also says that it is one of those below it.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def browser_name(agent: str) -> str:
    """`Firefox, Linux`: enough for people to know their own device again, and no more than that."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return ", ".join(filter(None, (browser, system)))


class TableLogin(LoginManager):  # type: ignore[misc]
    """Flask-Login over the session table. It knows no remember-me cookie: the session itself lasts."""

    def _load_user(self) -> None:
        self._update_request_context_with_user(current_session().user)

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def current_session() -> ServerSession:
    """The session of the running request, not yet read."""
    found = flask.session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, ServerSession)
    return found


def _set_current_user(user: User | None) -> None:
    current_app.login_manager._update_request_context_with_user(user)  # type: ignore[attr-defined]


def init_app(app: Flask, settings: Settings) -> None:
    """Install the session table and the current user; templates of private pages may say `current_user`."""
    app.session_interface = TableSessions(settings.secure)
    # The context processor would ask for the user on every page, public ones too; this global is lazy.
    TableLogin(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user
