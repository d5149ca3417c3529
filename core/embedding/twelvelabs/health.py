"""What the answers so far say about key, quota and connection, for the status page."""

from __future__ import annotations

import threading

from core.embedding.twelvelabs import sentences
from core.errors import CuepointError, EngineError, EngineLimitReached, EngineRefused, EngineUnauthorized


class Health:
    """The newest trouble that has not been disproved. Safe for many threads; asks nobody.

    A quota or a right belongs to what was asked for: that tasks can be read does not mean that more
    of them can be started. An unreachable service or a wrong key is disproved by any good answer.
    """

    def __init__(self) -> None:
        self._troubles: dict[str, EngineError] = {}
        self._answered = False
        self._lock = threading.Lock()

    @property
    def trouble(self) -> EngineError | None:
        with self._lock:
            return next(reversed(self._troubles.values()), None)

    @property
    def answered(self) -> bool:
        """Return whether anything was answered since this was made."""
        return self._answered

    def heard(self, endpoint: str, error: CuepointError | None, *, answered: bool) -> None:
        """Note how a call ended. An input that is refused, or a thing that is gone, is no trouble."""
        with self._lock:
            self._answered = self._answered or answered
            self._troubles.pop(endpoint, None)
            if isinstance(error, EngineError) and not isinstance(error, EngineRefused):
                self._troubles[endpoint] = error
            else:
                self._troubles = {name: old for name, old in self._troubles.items() if _stays(old)}


def _stays(error: EngineError) -> bool:
    """Return whether a trouble outlives a good answer to something else."""
    if isinstance(error, EngineUnauthorized):
        return error.message != sentences.WRONG_KEY
    return isinstance(error, EngineLimitReached)
