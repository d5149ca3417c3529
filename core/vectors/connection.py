"""A connection to Milvus, a file or a server, that does not make everybody wait for a server that is away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from core.errors import IndexUnavailable, StoreError
from core.layout import index_file
from core.vectors import lite
from core.vectors.backends import Backend, backend_of
from core.vectors.driver import MilvusClient
from core.vectors.faults import AWAY_MESSAGE, CollectionReleased, translated

log = logging.getLogger(__name__)

_CONNECT_S: Final = 10.0
_LOOK_S: Final = 2.0
"""How long one look may take whether a server is back."""
_LOOK_EVERY_S: Final = 0.5


class Connection:
    """An open connection; ``database`` is the folder of Milvus Lite, None for a server.

    After a call that a server did not answer, the next callers are refused at once while one of them looks,
    for two seconds at most, whether it is back. So a page waits once, and everything goes on by itself.
    """

    def __init__(self, address: str, token: str = "", backend: Backend | None = None) -> None:
        """Connect. Raises: SettingsError, LibraryBusy, IndexUnavailable, StoreError."""
        self.database = index_file(address)
        self._closed = False
        self._away = False
        self._sessions: dict[str, int] = {}
        """The time that searches of a collection wait for; see `Client.begin_session`."""
        self._looking = threading.Lock()
        self._looked_at = float("-inf")
        options = {} if backend is None else dict(backend.client_options)
        self._milvus = self._connected(address, token, options)
        try:
            with translated("say its version"):
                version = str(self._milvus.get_server_version(timeout=_CONNECT_S))
                # Whether there is a database of the name that the address ends in shows only now.
                self._milvus.list_collections(timeout=_CONNECT_S)
        except StoreError:
            self.close()
            raise
        self.backend = backend or backend_of(version, address)
        if self.database is None and options != self.backend.client_options:
            # What it has to be told can be known only now.
            self._milvus.close()
            self._milvus = self._connected(address, token, dict(self.backend.client_options))
        log.info("index.connected version=%s backend=%s", version, self.backend.name)

    def _connected(self, address: str, token: str, options: dict[str, Any]) -> Any:
        if self.database is not None:
            return lite.open_file(self.database)
        with translated("be reached"):
            return MilvusClient(uri=address, token=token, timeout=_CONNECT_S, dedicated=True, **options)

    @contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        """Wrap one call: its errors become ours, and nobody waits for a server that is known to be away."""
        if self._away and not self._closed:
            self._look()
        try:
            with translated(doing):
                yield
        except CollectionReleased:
            raise
        except IndexUnavailable:
            self._away = self.database is None
            raise

    def _look(self) -> None:
        """Raise IndexUnavailable unless the server is back."""
        if not self._looking.acquire(blocking=False):
            raise IndexUnavailable(AWAY_MESSAGE)
        try:
            if time.monotonic() - self._looked_at < _LOOK_EVERY_S:
                raise IndexUnavailable(AWAY_MESSAGE)
            try:
                with translated("say its version"):
                    self._open.get_server_version(timeout=_LOOK_S)
            finally:
                self._looked_at = time.monotonic()
            self._away = False
            log.info("index.back")
        finally:
            self._looking.release()

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Let go of everything, so that this process or another can open the same file again.

        pymilvus keeps Milvus Lite's embedded server running, and with it the file's lock, until the
        process ends; so the server is stopped here. It writes what is still only in its log first.
        """
        if self._closed:
            return
        self._closed = True
        self._milvus.close()
        if self.database is not None:
            lite.release_file(self.database)
        log.info("index.closed")

    @property
    def _open(self) -> Any:
        if self._closed:
            raise IndexUnavailable("The index is closed. Open the library again.")
        return self._milvus
