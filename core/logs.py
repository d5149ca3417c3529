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

# What must never reach a file even where somebody logs it by mistake: bearer tokens, our own signed
# links, and anything named like a key.
_SECRETS: Final = re.compile(
    r"(?i)(bearer\s+|x-api-key['\"]?\s*[:=]\s*['\"]?|(?:api_?key|token|password|signature)=|/api/media/)[^\s'\"&]+"
)


class Redaction(logging.Filter):
    """Replaces whatever looks like a secret in the finished line."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        clean = _SECRETS.sub(r"\1…", text)
        if clean != text:
            record.msg, record.args = clean, ()
        return True


class _RedactedFormatter(logging.Formatter):
    """Redacts tracebacks too: they are formatted after filters have run."""

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name is logging's
        return _SECRETS.sub(r"\1…", super().formatException(ei))  # type: ignore[arg-type]  # logging's own union


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
