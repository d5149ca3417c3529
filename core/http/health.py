"""GET /api/health and /api/ready, for whatever watches over the process: states, never particulars."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from core.errors import CuepointError
from core.http.answers import answer_json
from core.http.port import GetLibrary

log = logging.getLogger(__name__)

_FRESH_S: Final = 2.0


async def health(_request: Request) -> Response:
    """Answer that the process is alive, whatever else it can do."""
    return answer_json({"status": "ok"})


class Readiness:
    """Answers 200 while searches can be answered and the data folder written to, else 503.

    An engine that is not ready (no key yet) does not count: pages work and say what to do about it.
    """

    def __init__(self, get_library: GetLibrary, brief: Callable[[], bool] = lambda: False) -> None:
        self._get_library = get_library
        self._brief = brief
        self._lock = threading.Lock()
        self._known: dict[str, Any] = {}
        self._until = 0.0

    async def ready(self, _request: Request) -> Response:
        words = await run_sync(self._words)
        told = {"status": words["status"]} if self._brief() else words
        return answer_json(told, 200 if words["status"] == "ready" else 503)

    def _words(self) -> dict[str, Any]:
        # Anybody may ask, and the status walks the disk: one walk serves all who ask at the same time.
        with self._lock:
            if time.monotonic() >= self._until:
                self._known = self._look()
                self._until = time.monotonic() + _FRESH_S
            return self._known

    def _look(self) -> dict[str, Any]:
        try:
            library = self._get_library()
            # The status counts the catalog's videos, so it also says that the catalog answers.
            status = library.status()
        except CuepointError as exc:
            log.info("http.not_ready reason=%s", type(exc).__name__)
            return {"status": "not ready", "index": "unknown", "engine": "unknown", "disk": "unknown"}
        writable = _is_writable(library.layout.root)
        return {
            "status": _word(status.index_ready and writable),
            "index": _word(status.index_ready),
            "engine": _word(status.engine.ready),
            "disk": _word(writable),
        }


def _word(ready: bool) -> str:
    return "ready" if ready else "not ready"


def _is_writable(folder: Path) -> bool:
    """Return whether a byte can be written there: a full or read-only disk shows only then."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"1")
            file.flush()
    except OSError:
        return False
    return True
