"""pymilvus, imported so that it neither reads our settings nor writes to the console.

Everything that needs pymilvus takes it from here, and only the Milvus adapter does. Importing it
costs about two seconds, so this module is itself imported only when a Milvus index is opened.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

log = logging.getLogger(__name__)

# At import pymilvus 3.0.2 parses MILVUS_URI itself, and raises where it names a file, as ours may.
# It also loads the nearest `.env` into the environment, where other settings would pick it up.
_HIDDEN: Final[Mapping[str, str]] = {
    "MILVUS_URI": "",
    "MILVUS_DEFAULT_CONNECTION": "",
    "PYTHON_DOTENV_DISABLED": "1",
}


@contextmanager
def _hidden_settings() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _HIDDEN}
    os.environ.update(_HIDDEN)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


with _hidden_settings():
    from pymilvus import DataType, MilvusClient, MilvusException
    from pymilvus.client.types import LoadState


class _Forward(logging.Handler):
    """Hands the embedded engine's records to our own log, where the causes of errors belong."""

    def emit(self, record: logging.LogRecord) -> None:
        if log.isEnabledFor(record.levelno):
            log.handle(record)


def _calm_loggers() -> None:
    """Stop pymilvus from printing a traceback for every error that it also raises."""
    for name in ("pymilvus", "pymilvus.milvus_client", "pymilvus.bulk_writer"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.CRITICAL)
        logger.propagate = True
    engine = logging.getLogger("milvus_lite")
    engine.handlers[:] = [_Forward(logging.WARNING)]
    engine.propagate = False


_calm_loggers()

__all__ = ["DataType", "LoadState", "MilvusClient", "MilvusException"]
