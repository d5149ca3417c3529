"""Log files: rotating, one event name and ids per line, and never a secret.

Cuepoint logs under the logger ``core`` (and ``components``); opening a library adds the file handler
and closing takes it away again, so that a script that uses the façade keeps its own logging.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

LOGGERS: Final = ("core", "components", "app")
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"

_CHATTY: Final = {"httpx": "WARNING", "httpcore": "WARNING", "twelvelabs": "WARNING", "stamina": "ERROR"}
"""Libraries that would tell every address (some are signed), every header, or what we tell ourselves."""

# What must never reach a file even where somebody logs it by mistake: bearer tokens, keys of Twelve
# Labs, our own signed links, anything named like a key, and the headers that its errors print.
_SECRETS: Final = re.compile(
    r"(?im)(bearer\s+|x-api-key['\"]?\s*[:=]\s*['\"]?|(?:api_?key|token|password|signature|credential)="
    r"|/api/media/|\btlk_|set-cookie['\"]?\s*[:=]\s*['\"]?)[^\s'\"&]+|(headers: )\{.*?\}(?=, status_code|$)"
)


def _redacted(text: str) -> str:
    return _SECRETS.sub(lambda found: f"{found[1] or found[2]}…", text)


class Redaction(logging.Filter):
    """Replaces whatever looks like a secret in the finished line."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        clean = _redacted(text)
        if clean != text:
            record.msg, record.args = clean, ()
        return True


class _RedactedFormatter(logging.Formatter):
    """Redacts tracebacks too: they are formatted after filters have run."""

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name is logging's
        return _redacted(super().formatException(ei))  # type: ignore[arg-type]  # logging's own union


def open_log(folder: Path, level: str) -> logging.Handler:
    """Return a handler that writes ``cuepoint.log`` in this folder: 5 MB a file, five files kept."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "cuepoint.log", maxBytes=5 * 1024 * 1024, backupCount=5, encoding="utf-8", delay=True
    )
    handler.setFormatter(_RedactedFormatter(_FORMAT))
    handler.addFilter(Redaction())
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.addHandler(handler)
    for name, least in _CHATTY.items():
        logging.getLogger(name).setLevel(least)
    return handler


def close_log(handler: logging.Handler) -> None:
    """Take the handler away again and close its file."""
    for name in LOGGERS:
        logging.getLogger(name).removeHandler(handler)
    handler.close()


def tail(folder: Path, lines: int) -> list[str]:
    """Return the last lines of the log, oldest first; empty where nothing was logged yet."""
    file = folder / "cuepoint.log"
    if not file.exists():
        return []
    with file.open(encoding="utf-8", errors="replace") as log:
        return [line.rstrip("\n") for line in deque(log, maxlen=lines)]
