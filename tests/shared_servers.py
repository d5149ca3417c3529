"""Milvus servers that all tests of a process share: started by the first who asks, ended with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.guarded import Guarded
from tests.milvus_server import MISSING, READY_S, MilvusServer, answers, available
from tests.ports import free_port

IDLE_S: Final = 150.0
"""So long after it was last asked for, no test uses a server any more. Idle it takes a tenth of a core."""


class _Shared:
    """A server that is started when somebody asks for it, and ended while nobody does."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="cuepoint-milvus-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        # A busy machine must not cost it its session, and it is not killed but stopped between two starts.
        self._server = MilvusServer(folder, **{"common.session.ttl": 20})
        atexit.register(self._server.kill)
        self._turn = threading.Lock()
        self._asked_at = 0.0
        self._holders = 0
        threading.Thread(target=self._end_idle, name="idle-milvus", daemon=True).start()

    def address(self) -> str:
        with self._turn:
            if not self._server.running:
                self._server.start()
            self._asked_at = time.monotonic()
        return self._server.address

    @contextmanager
    def held(self) -> Iterator[str]:
        """Give the address, and keep the server from being ended until the block ends."""
        with self._turn:
            self._holders += 1
        try:
            yield self.address()
        finally:
            with self._turn:
                self._holders -= 1
                self._asked_at = time.monotonic()

    def _end_idle(self) -> None:
        while True:
            time.sleep(5)
            with self._turn:
                idle = not self._holders and time.monotonic() - self._asked_at > IDLE_S
                if idle and self._server.running:
                    self._server.stop()


@cache
def _shared() -> _Shared:
    return _Shared()


def shared_address() -> str:
    """Return the address of a server that all tests of this process share; it is started where it is not up.

    It is one's own where CUEPOINT_TEST_MILVUS_URI names one. Skips the test where there is none.
    """
    return own if (own := _own()) else _shared().address()


@contextmanager
def held_address() -> Iterator[str]:
    """Give the address that `shared_address` returns; the server stays up until the block ends."""
    if own := _own():
        yield own
        return
    with _shared().held() as address:
        yield address


def own_server() -> str:
    """Return the address of a server of one's own, which outlives the tests; nothing where none is named."""
    return os.environ.get("CUEPOINT_TEST_MILVUS_URI", "")


def _own() -> str:
    """Return the same; skip the test where there is no server at all."""
    own = own_server()
    if not own and not available():
        pytest.skip(MISSING)
    return own


@cache
def shared_lite_address() -> str:
    """Return the address of a `milvus-lite server`, Milvus Lite over TCP."""
    folder = Path(tempfile.mkdtemp(prefix="cuepoint-milvus-lite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    port = free_port()
    where = ["--data-dir", folder / "lite.db", "--host", "127.0.0.1", "--port", str(port)]
    program = Guarded([Path(sys.prefix) / "bin" / "milvus-lite", "server", *where], folder / "lite.log")
    atexit.register(program.kill)
    deadline = time.monotonic() + READY_S
    while not answers(f"http://127.0.0.1:{port}"):
        assert program.running, program.tail()
        assert time.monotonic() < deadline, program.tail()
        time.sleep(0.05)
    return f"http://127.0.0.1:{port}"
