"""Stripe's errors: the JSON shape, the codes and the statuses that the official SDK turns into exceptions."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that is an error. `saved` says whether an idempotency key keeps it.

    Stripe keeps what happened after an endpoint began its work; what fails before (authentication,
    validation, rate limits, conflicts) is not kept, so the same key may be tried again.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        saved: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.kind = kind
        self.saved = saved

    def body(self) -> dict[str, Any]:
        """The JSON document that Stripe sends for it."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


def refused(message: str, code: str | None = None, param: str | None = None) -> ApiError:
    """The endpoint ran and said no; a key keeps this answer."""
    return ApiError(400, message, code=code, param=param, saved=True)


def invalid(message: str, param: str, code: str | None = None) -> ApiError:
    """A parameter does not validate; a key does not keep this answer."""
    return ApiError(400, message, code=code, param=param)


def unknown(param: str) -> ApiError:
    """A parameter that Stripe does not have, or that this sandbox does not model."""
    return invalid(
        f"Received unknown parameter: {param} (or one that this sandbox does not model)", param, "parameter_unknown"
    )


def missing(kind: str, object_id: str, param: str = "id", status: int = 404) -> ApiError:
    """There is no such object."""
    return ApiError(status, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def unrecognised(method: str, path: str) -> ApiError:
    """No endpoint is modelled at this method and path."""
    return ApiError(404, f"Unrecognized request URL ({method}: {path}). This sandbox does not model it.")


def unauthorised(message: str) -> ApiError:
    """The key is absent or is not a sandbox key."""
    return ApiError(401, message)


def server_error() -> ApiError:
    """Stripe's own failure."""
    return ApiError(
        500,
        "An unknown error occurred (this one was asked for, or is a fault of the sandbox)",
        kind="api_error",
        saved=True,
    )
