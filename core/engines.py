"""The engines of a library: the chosen one, and those that searches of its other spaces need."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from core.embedding.port import Embedder
from core.errors import CuepointError, EngineError
from core.model import Space

log = logging.getLogger(__name__)

OpenEngine: TypeAlias = Callable[[Space], Embedder]
"""Opens the engine of a space. Raises: CuepointError that says why it cannot."""


class Engines:
    """Opens the engine of a space when it is first asked for, and keeps it. Safe for several threads."""

    def __init__(self, chosen: Embedder, open_engine: OpenEngine) -> None:
        self.chosen = chosen
        self._open_engine = open_engine
        self._guard = threading.Lock()
        self._opened: dict[Space, Embedder] = {chosen.space: chosen}
        # Settings stand as long as the process, so what cannot be opened once stays so.
        self._refused: dict[Space, CuepointError] = {}

    def of(self, space: Space) -> Embedder:
        """Return the engine that embeds queries for a space.

        Raises: CuepointError with one sentence on why there is none, and what to do.
        """
        with self._guard:
            if space in self._refused:
                raise EngineError(self._refused[space].message)
            if space not in self._opened:
                with self._noting_refusal(space):
                    self._opened[space] = self._open_engine(space)
            return self._opened[space]

    def refusal(self, space: Space) -> str | None:
        """Return why the engine of a space cannot be opened, None where it can."""
        try:
            self.of(space)
        except CuepointError as exc:
            return exc.message
        return None

    def close(self) -> None:
        """Close every engine that was opened, the chosen one among them."""
        with self._guard:
            opened, self._opened = list(self._opened.values()), {}
        for engine in opened:
            engine.close()

    @contextmanager
    def _noting_refusal(self, space: Space) -> Iterator[None]:
        try:
            yield
        except CuepointError as exc:
            log.info("engine.not_opened space=%s reason=%s", space.key, type(exc).__name__)
            self._refused[space] = exc
            raise
