"""Every request to Twelve Labs: one client, one gate, one retry policy, errors translated."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import httpx
import stamina
from twelvelabs.base_client import BaseClient
from twelvelabs.environment import TwelveLabsEnvironment

from core.config import Settings
from core.embedding.twelvelabs import answers, sentences
from core.embedding.twelvelabs.answers import Answer
from core.embedding.twelvelabs.gate import Gate, asked_to_wait_s, endpoint, retry_after_s
from core.embedding.twelvelabs.health import Health
from core.errors import (
    CuepointError,
    EngineBusy,
    EngineOutcomeUnknown,
    EngineUnauthorized,
    EngineUnavailable,
    SettingsError,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

IN_CALL_WAIT_S: Final = 8.0
"""Waiting for longer than this is the pipeline's business: it parks the job and does something else."""
_ATTEMPTS: Final = 7
_CONNECT_S: Final = 10.0
_KEY: Final = "x-api-key"


class Calls:
    """Every request to Twelve Labs: the shared gate, the one retry policy, errors translated.

    Safe for many threads. ``sdk`` is the real SDK; ``http`` the client beneath it, for addresses
    that need no key. A callable handed in may make several requests and must be able to run again.

    Source: `TwelveLabs` lets the variable TWELVELABS_BASE_URL override the address it is given; its
    base class does not, and has all that is needed here.
    """

    def __init__(self, settings: Settings) -> None:
        self.gate = Gate()
        self._key = settings.twelve_labs_api_key.get_secret_value().strip()
        self._heard = threading.local()
        self.health = Health()
        timeouts = httpx.Timeout(
            settings.engine_timeout_s, connect=min(_CONNECT_S, settings.engine_timeout_s)
        )
        most = settings.uploads + settings.tasks + settings.workers + 8
        self.http = httpx.Client(
            timeout=timeouts,
            limits=httpx.Limits(max_connections=most, max_keepalive_connections=most),
            # A redirect would carry the key to wherever it leads.
            follow_redirects=False,
            event_hooks={"request": [self._before], "response": [self._after]},
        )
        self.sdk = BaseClient(
            base_url=_base_url(settings),
            api_key=self._key or "none",
            httpx_client=self.http,
            # The SDK hands this on to httpx as it is; a plain number would also be the connect timeout.
            timeout=cast(Any, timeouts),
        )

    @property
    def has_key(self) -> bool:
        return bool(self._key)

    def harmless(self, what: str, call: Callable[[], T], *, deadline_s: float | None = None) -> T:
        """Return what a call returns that may be made again: reading, deleting, embedding a query.

        Repeated on connection errors, timeouts, unreadable answers, 408, 409, 425, 429 and 5xx, until
        ``deadline_s`` (8 s) have passed since it began; no wait reaches beyond that.

        Raises: EngineBusy and EngineUnavailable (with ``retry_after_s`` where it is known),
        EngineUnauthorized, EngineLimitReached, EngineRefused, NotFound. For an address that needs no
        key (`http`, after ``raise_for_status()``) NotFound means: ask for a fresh one.
        """
        return self._repeated(what, call, IN_CALL_WAIT_S if deadline_s is None else deadline_s)

    def once(self, what: str, call: Callable[[], T]) -> T:
        """Return what a call returns that is sent at most once: creating something.

        Raises: like `harmless` where it has certainly not happened (refused, or never sent), else
        EngineOutcomeUnknown (timeout, reset, unreadable answer, 408, 409, 425, 5xx).
        """
        return self._repeated(what, call, IN_CALL_WAIT_S, once=True)

    def close(self) -> None:
        self.http.close()

    # -- one attempt --

    def _repeated(self, what: str, call: Callable[[], T], budget_s: float, *, once: bool = False) -> T:
        """Try until it works, the error is final, or the next wait would end too late."""
        again = _GateClosed if once else EngineUnavailable
        ends_at = time.monotonic() + budget_s

        def wait(exc: Exception) -> bool | float:
            if not isinstance(exc, again):
                return False
            if exc.retry_after_s is None:
                return time.monotonic() < ends_at
            # Jitter: not everybody who waited comes back in the same instant.
            wait_s = exc.retry_after_s + random.uniform(0.01, 0.25)  # noqa: S311 - no secret is drawn
            return wait_s if time.monotonic() + wait_s <= ends_at else False

        for attempt in stamina.retry_context(
            on=wait,
            attempts=_ATTEMPTS,
            timeout=max(budget_s, 0.001),
            wait_initial=0.2,
            wait_max=2.0,
            wait_jitter=0.4,
        ):
            with attempt:
                return self._attempt(what, call, attempt.num, once)
        raise AssertionError("stamina gives at least one attempt")

    def _attempt(self, what: str, call: Callable[[], T], number: int, once: bool) -> T:
        self._check_key()
        heard = self._heard
        heard.status, heard.wait_s, heard.ours, heard.endpoint = None, None, True, ""
        try:
            result = call()
        except answers.FAILURES as exc:
            answer = answers.read(exc, status=heard.status, ours=heard.ours, retry_after_s=heard.wait_s)
        else:
            self._remember(None)
            return result
        log.warning(
            "engine.call_failed what=%s status=%s code=%s kind=%s attempt=%d",
            what.replace(" ", "_"), answer.status or "none", answer.code or "none", answer.kind, number,
        )  # fmt: skip
        # Outside of the except block: the driver's exception must not become the context of ours, or
        # its headers would be printed with the traceback, and its frames would keep the key.
        raise self._error(answer, once) from answer.as_cause()

    def _error(self, answer: Answer, once: bool) -> CuepointError:
        error = answers.translated(answer)
        if isinstance(error, EngineBusy) and error.retry_after_s is None and answer.ours:
            error.retry_after_s = self.gate.closed_for_s(self._heard.endpoint)
        self._remember(error)
        if once and answer.maybe_done:
            return EngineOutcomeUnknown(sentences.UNKNOWN_OUTCOME, answer.retry_after_s)
        return error

    def _remember(self, error: CuepointError | None) -> None:
        if self._heard.ours:
            self.health.heard(self._heard.endpoint, error, answered=self._heard.status is not None)

    def _check_key(self) -> None:
        if not self._key:
            raise EngineUnauthorized(sentences.NO_KEY)
        if not (self._key.isascii() and self._key.isprintable() and " " not in self._key):
            raise EngineUnauthorized(sentences.MALFORMED_KEY)

    # -- what the client underneath sees --

    def _before(self, request: httpx.Request) -> None:
        """Hold a request back while its endpoint is closed: it has not been sent then."""
        self._heard.ours = _KEY in request.headers
        self._heard.status = self._heard.wait_s = None
        if not self._heard.ours:
            return
        self._heard.endpoint = endpoint(request.method, request.url.path)
        closed_s = self.gate.closed_for_s(self._heard.endpoint)
        if closed_s > 0:
            raise _GateClosed(sentences.BUSY, closed_s)

    def _after(self, response: httpx.Response) -> None:
        self._heard.status = response.status_code
        if not self._heard.ours:
            return
        self.gate.heard(self._heard.endpoint, response.status_code, response.headers)
        asked = asked_to_wait_s if response.status_code == 429 else retry_after_s
        self._heard.wait_s = asked(response.headers, time.time())


class _GateClosed(EngineBusy):
    """An endpoint asked to be left alone, and nothing was sent."""


def _base_url(settings: Settings) -> str:
    given = settings.twelve_labs_base_url.strip().rstrip("/") or TwelveLabsEnvironment.DEFAULT.value
    if not given.startswith(("https://", "http://")):
        raise SettingsError(
            "The setting TWELVE_LABS_BASE_URL is not an address. Begin it with https://, or leave it unset."
        )
    return str(given)
