"""How the stand-in says no: a status, a code of the provider's list, a message, in one of two shapes."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

# The embed routes wrap their errors in "error"; assets and sessions do not.
NESTED_ROUTES = ("POST /embed-v2", "POST /embed-v2/tasks", "GET /embed-v2/tasks/{task_id}")


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers or {}

    def answer(self, route: str, shape: str) -> Response:
        """Return the response, in the shape that this route documents or in the one that is asked for."""
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if shape == "nested" or (shape == "documented" and self._nested(route)):
            if self.details:
                body["details"] = self.details
            body = {"error": body}
        return JSONResponse(body, self.status, self.headers)

    def _nested(self, route: str) -> bool:
        # 401 is flat everywhere, 413 and 503 nested everywhere: so the SDK's error types have it.
        return self.status != 401 and (self.status in (413, 503) or route in NESTED_ROUTES)


def invalid(message: str, **details: Any) -> Refusal:
    """Return the 400 for a parameter that is wrong."""
    return Refusal(400, "parameter_invalid", message, details=details)


def missing(name: str) -> Refusal:
    """Return the 400 for a parameter that is not there."""
    return Refusal(400, "parameter_not_provided", f"The {name} parameter is required but was not provided.")


def unknown(identifier: str, collection: str) -> Refusal:
    """Return the 404 for something that does not exist."""
    return Refusal(
        404, "resource_not_exist", f"Resource with id {identifier} does not exist in {collection}."
    )


def bad_key() -> Refusal:
    return Refusal(
        401,
        "api_key_invalid",
        "API Key is either invalid or expired. Please check your API key or generate a new one from the "
        "dashboard and try again.",
    )


def no_rights() -> Refusal:
    return Refusal(403, "api_not_allowed", "API is not allowed to use.")


def no_quota(status: int) -> Refusal:
    return Refusal(
        status,
        "usage_hard_limit_exceeded",
        "Hard usage limit has been reached. Please upgrade your plan to continue using the API.",
    )


def too_many(limit: str, retry_after_s: float, headers: dict[str, str]) -> Refusal:
    return Refusal(
        429,
        "too_many_requests",
        f"You have exceeded the rate limit ({limit}). Please try again later after {retry_after_s:g}s.",
        headers=headers,
    )
