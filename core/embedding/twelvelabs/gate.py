"""The gate before Twelve Labs: when one thread is told to wait, all of them know.

A rate limit belongs to an endpoint (method and path), not to the whole service: while the minutes of
video for this hour are used up, words can still be embedded. So there is one gate an endpoint.

Source: https://docs.twelvelabs.io/docs/rate-limits (limits differ by endpoint and kind of content).
"""

from __future__ import annotations

import email.utils
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_FIRST_WAIT_S: Final = 1.0
_LONGEST_GUESS_S: Final = 60.0
_EPOCH_S: Final = 1e9
"""Numbers above are moments (seconds since 1970), numbers below are seconds from now."""

_IDENTIFIER: Final = re.compile(r"(?=.*\d).{12,}")


def endpoint(method: str, path: str) -> str:
    """Return the name under which one limit is kept: the method and the path without identifiers."""
    parts = ("*" if _IDENTIFIER.fullmatch(part) else part for part in path.strip("/").split("/"))
    return f"{method.upper()} {'/'.join(parts)}"


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds of `Retry-After` (0 or more), None where there is none.

    It may be seconds or a date; ``now`` is in seconds since 1970, ``headers`` ignore case.
    """
    return _seconds(headers.get("retry-after", ""), now)


def asked_to_wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until a used-up limit opens again, None where the answer does not say.

    `Retry-After` counts before `X-RateLimit-Reset`, which may also be a moment since 1970. While that
    limit has requests left, it is another one that was used up, and its reset says nothing.
    """
    asked = retry_after_s(headers, now)
    if asked is not None or headers.get("x-ratelimit-remaining", "0").strip() != "0":
        return asked
    return _seconds(headers.get("x-ratelimit-reset", ""), now)


def _seconds(text: str, now: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        moment = email.utils.parsedate_tz(text)
        return None if moment is None else max(0.0, email.utils.mktime_tz(moment) - now)
    if not 0 <= number < _EPOCH_S**2:  # also refuses nan
        return None
    if number >= _EPOCH_S * 1000:
        number /= 1000
    return max(0.0, number - now) if number >= _EPOCH_S else number


@dataclass(slots=True)
class _Limit:
    opens_at: float = 0.0
    """On the monotonic clock."""
    refusals: int = 0
    """How often in a row this endpoint said 429."""


class Gate:
    """Remembers until when each endpoint asked to be left alone. Safe for many threads."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._clock, self._wall = clock, wall
        self._limits: dict[str, _Limit] = {}
        self._lock = threading.Lock()

    def closed_for_s(self, name: str) -> float:
        """Return the seconds until requests to this endpoint are welcome again; 0 where they are now."""
        with self._lock:
            limit = self._limits.get(name)
            return 0.0 if limit is None else max(0.0, limit.opens_at - self._clock())

    def heard(self, name: str, status: int, headers: Mapping[str, str]) -> None:
        """Note what an answer says about the limit of its endpoint.

        Source: a 429 may come without any header; then the wait grows from 1 s to 60 s while it goes on.
        """
        asked = asked_to_wait_s(headers, self._wall())
        with self._lock:
            limit = self._limits.setdefault(name, _Limit())
            if status == 429:
                # Answers to requests that were on their way when it closed say nothing new.
                limit.refusals += limit.opens_at <= self._clock() or not limit.refusals
                guess = min(_LONGEST_GUESS_S, _FIRST_WAIT_S * 2 ** (limit.refusals - 1))
                self._close(limit, guess if asked is None else asked)
            elif status < 400:
                limit.refusals = 0
                if headers.get("x-ratelimit-remaining", "").strip() == "0" and asked is not None:
                    self._close(limit, asked)

    def _close(self, limit: _Limit, wait_s: float) -> None:
        limit.opens_at = max(limit.opens_at, self._clock() + wait_s)
