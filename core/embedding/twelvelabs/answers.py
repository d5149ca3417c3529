"""What Twelve Labs answered when it did not do what it was asked, in our own errors.

Nothing of an answer's headers, of an address or of the key gets further than here: `ApiError` prints
headers, `httpx` errors hold requests, and pydantic errors quote what they read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any, Final

import httpx
import pydantic
from twelvelabs.core.api_error import ApiError

from core.embedding.twelvelabs import sentences
from core.errors import (
    CuepointError,
    EngineBusy,
    EngineLimitReached,
    EngineRefused,
    EngineUnauthorized,
    EngineUnavailable,
    NotFound,
)

FAILURES: Final = (
    ApiError,
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    JSONDecodeError,
    UnicodeDecodeError,
    pydantic.ValidationError,
)
"""What a call of the SDK, or of `httpx` itself, raises when something is wrong out there."""

_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_MAYBE_DONE: Final = frozenset({408, 409, 425})
_TRANSIENT: Final = frozenset({408, 409, 425})
_QUOTA: Final = re.compile(r"quota|usage_\w*limit|plan_limit|credit|insufficient|payment|billing", re.I)
_SECRET: Final = re.compile(r"\btlk_\w+|\S*://\S+|\S*[?&][\w-]+=\S*")
_LONGEST_REASON: Final = 240


class ProviderFailure(Exception):
    """Stands in for a driver's exception as the cause of ours: its kind and code, and nothing secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A failed call, as far as it may be told."""

    kind: str
    """Class of the driver's exception."""
    status: int | None = None
    """None where nothing was answered at all."""
    code: str = ""
    """The provider's own word for it, such as ``video_duration_too_short``."""
    reason: str = ""
    """The provider's sentence, one line, without addresses; may be empty."""
    sent: bool = True
    """False where the request certainly never left."""
    ours: bool = True
    """False for an address that needs no key (a part of a large upload)."""
    retry_after_s: float | None = None

    @property
    def maybe_done(self) -> bool:
        """True where the provider may have done what was asked, whatever it said."""
        if self.status is None:
            return self.sent
        return self.status < 300 or self.status >= 500 or self.status in _MAYBE_DONE

    def as_cause(self) -> ProviderFailure:
        status = "no answer" if self.status is None else str(self.status)
        return ProviderFailure(" ".join(filter(None, (self.kind, status, self.code))))


def read(exc: Exception, *, status: int | None, ours: bool, retry_after_s: float | None) -> Answer:
    """Return what an exception of `FAILURES` says.

    ``status`` is that of the last answer this call got: the SDK loses it when it cannot read the body.
    """
    kind = type(exc).__name__
    if isinstance(exc, ApiError):
        code, reason = _body(exc.body)
        return Answer(kind, exc.status_code or status, code, reason, True, ours, retry_after_s)
    if isinstance(exc, httpx.HTTPStatusError):
        return Answer(kind, exc.response.status_code, ours=ours, retry_after_s=retry_after_s)
    if isinstance(exc, httpx.RequestError | httpx.InvalidURL):
        # A refusal whose body was cut off is still a refusal; any other cut-off answer is none.
        heard = status if status is not None and status >= 400 else None
        sent = not isinstance(exc, _NEVER_SENT)
        return Answer(kind, heard, sent=sent, ours=ours, retry_after_s=retry_after_s if heard else None)
    return Answer(kind, status, ours=ours, retry_after_s=retry_after_s)


def _body(body: Any) -> tuple[str, str]:
    """Return code and reason of either shape: ``{"error": {code, message}}`` and ``{code, message}``."""
    if isinstance(body, pydantic.BaseModel):
        body = body.model_dump()
    if not isinstance(body, dict):
        return "", ""
    inner = body.get("error")
    found = inner if isinstance(inner, dict) else body
    code, message = found.get("code"), found.get("message")
    return (
        re.sub(r"[^\w.-]", "", str(code))[:60] if code is not None else "",
        _one_line(message) if isinstance(message, str) else "",
    )


def _one_line(text: str) -> str:
    words = " ".join(_SECRET.sub("…", text).split())
    return words if len(words) <= _LONGEST_REASON else words[:_LONGEST_REASON] + "…"


def translated(answer: Answer) -> CuepointError:
    """Return the error that says it to a person, with what to do next."""
    status = answer.status
    if not answer.ours:
        return _of_a_part(answer)
    if status is None or status < 300 or status >= 500 or status in _TRANSIENT:
        return EngineUnavailable(sentences.unavailable(status, answer.sent), answer.retry_after_s)
    if status < 400:
        return EngineUnavailable(sentences.REDIRECTED)
    if status == 402 or (status in (403, 429) and _QUOTA.search(answer.code)):
        return EngineLimitReached(sentences.QUOTA)
    if status == 429:
        return EngineBusy(sentences.BUSY, answer.retry_after_s)
    if status == 401 or answer.code == "api_key_invalid":
        return EngineUnauthorized(sentences.WRONG_KEY)
    if status == 403:
        return EngineUnauthorized(sentences.no_right(answer.code))
    if status in (404, 410):
        return NotFound(sentences.GONE)
    return EngineRefused(sentences.refused(status, answer.code, answer.reason))


def _of_a_part(answer: Answer) -> CuepointError:
    """Return the error for a signed address: what it refuses is old, and a fresh one will do."""
    if answer.status is not None and 400 <= answer.status < 500 and answer.status not in (*_TRANSIENT, 429):
        return NotFound(sentences.PART_EXPIRED)
    return EngineUnavailable(sentences.unavailable(answer.status, answer.sent), answer.retry_after_s)
