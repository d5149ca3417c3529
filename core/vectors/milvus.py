"""VectorIndex on Milvus: Milvus Lite in a file, or a server, by address."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import CuepointError, IndexOutdated
from core.model import Embedding, Filters, Modality, Space, Vector
from core.vectors.backends import Backend
from core.vectors.client import Client
from core.vectors.collection import Collection
from core.vectors.contents import VideoContents
from core.vectors.faults import PREPARING_MESSAGE, CollectionMissing, CollectionReleased
from core.vectors.fields import checked_id, stored_fields
from core.vectors.port import Row, ScoredRow, Statistics, VideoFields, VideoRows
from core.vectors.prepared import LOADING_S
from core.vectors.rows import in_order, query_vectors, stored_videos
from core.vectors.schema import PREFIX, SUMS, rows_name, sums_name
from core.vectors.uncovered import Uncovered

log = logging.getLogger(__name__)

READING_S: Final = 5.0
"""How long a search waits for a space that a server loads, or that somebody else opens."""

T = TypeVar("T")


class MilvusIndex:
    """Vectors in Milvus, one collection a space.

    Every write, and whatever creates, loads or drops, happens under one lock: concurrent writers corrupt
    Milvus Lite's log without a word. Searches take no lock, except the first of a space, which opens it.
    """

    def __init__(self, address: str, token: str = "", *, backend: Backend | None = None) -> None:
        """Connect to a file that ends in ``.db`` or to a server's address.

        Raises: LibraryBusy where the file is open already, here or in another process; SettingsError for
            an address of neither kind; IndexUnavailable.
        """
        self._client = Client(address, token, backend)
        self._lock = threading.RLock()
        self._collections: dict[str, Collection] = {}
        self._uncovered: dict[str, Uncovered] = {}
        # Versions grow across restarts too, so that whatever was kept by version stays right.
        self._clock = itertools.count(time.time_ns())
        self._empty_version = self._tick()

    # -- writing --

    def replace_video(self, space: Space, fields: VideoFields, embeddings: Sequence[Embedding]) -> int:
        return self._replace(space, [(fields, embeddings)], bulk=False)

    def replace_videos(self, space: Space, videos: Sequence[tuple[VideoFields, Sequence[Embedding]]]) -> int:
        return self._replace(space, videos, bulk=True)

    def _replace(
        self, space: Space, videos: Sequence[tuple[VideoFields, Sequence[Embedding]]], *, bulk: bool
    ) -> int:
        wanted = stored_videos(space, videos)
        rows = sum(len(some) for _, some in wanted)
        with self._lock:
            if rows or self._client.has(rows_name(space)):
                self._change(space, lambda collection: collection.replace(wanted, bulk=bulk))
        return rows

    def make_ready(self, space: Space) -> None:
        with self._lock:
            if self._client.has(rows_name(space)):
                self._change(space, Collection.make_ready)

    def update_fields(self, space: Space, fields: VideoFields) -> None:
        stored = stored_fields(fields)
        with self._lock:
            if self._client.has(rows_name(space)):
                self._change(space, lambda collection: collection.update(stored))

    def delete_video(self, video_id: str) -> None:
        checked_id(video_id)
        with self._lock:
            for space in self._spaces():
                try:
                    self._change(space, lambda collection: collection.remove(video_id))
                except IndexOutdated:
                    # Nothing here can be read any more; what is still wanted comes from the archive.
                    log.warning("index.outdated_dropped space=%s", space.key)
                    self.drop(space)

    def drop(self, space: Space) -> None:
        with self._lock:
            self._collections.pop(space.key, None)
            self._uncovered.pop(space.key, None)
            # The sums first: rows without sums are counted again, sums without rows would be wrong.
            for name in (sums_name(space), rows_name(space)):
                if self._client.has(name):
                    self._client.drop(name)
            self._empty_version = self._tick()

    def _change(self, space: Space, change: Callable[[Collection], None]) -> None:
        try:
            change(self._opened(space))
        except CuepointError:
            # What the rows are now is not known: the next use reads the marks and mends.
            self._collections.pop(space.key, None)
            raise

    # -- reading --

    def count(self, space: Space, video_id: str | None = None) -> int:
        return self._read(space, lambda collection: collection.count(video_id), 0)

    def search(
        self,
        space: Space,
        modality: Modality,
        vectors: NDArray[np.float32],
        *,
        limit: int,
        filters: Filters | None = None,
    ) -> list[list[ScoredRow]]:
        """As the port says. A server gives no more than 16,384 hits for a vector, whatever the limit."""
        vectors = query_vectors(space, vectors)
        nothing: list[list[ScoredRow]] = [[] for _ in vectors]
        if not len(vectors) or limit < 1:
            return nothing
        return self._read(
            space, lambda collection: collection.search(modality, vectors, limit, filters), nothing
        )

    def fetch(self, space: Space, keys: Sequence[str]) -> dict[str, Vector]:
        if not keys:
            return {}
        nothing: dict[str, Vector] = {}
        return self._read(space, lambda collection: collection.fetch(keys), nothing)

    def contents(self, space: Space, video_ids: Sequence[str]) -> list[VideoContents]:
        """Return everything that the clip rows of these videos hold, for a copy."""
        nothing: list[VideoContents] = []
        return self._read(space, lambda collection: collection.contents(video_ids), nothing)

    def rows(self, space: Space, video_id: str, modality: Modality | None = None) -> list[Row]:
        checked_id(video_id)
        nothing: list[Row] = []
        found = self._read(space, lambda collection: collection.ledger.rows_in(video_id), nothing)
        return in_order([row for row in found if modality in (None, row.modality)])

    def rows_of(self, space: Space, video_ids: Iterable[str]) -> dict[str, VideoRows]:
        nothing: dict[str, VideoRows] = {}
        return self._read(space, lambda collection: collection.ledger.rows_of(video_ids), nothing)

    def video_ids(self, space: Space) -> set[str]:
        nothing: set[str] = set()
        return self._read(space, lambda collection: collection.ledger.video_ids(), nothing)

    def statistics(self, space: Space, modality: Modality) -> Statistics:
        nothing = Statistics(0, np.zeros(space.dimension, dtype=np.float32), self._empty_version)
        return self._read(space, lambda collection: collection.ledger.statistics(modality), nothing)

    def _read(self, space: Space, read: Callable[[Collection], T], nothing: T) -> T:
        """Return what ``read`` finds, or ``nothing`` in a space that does not exist (any more)."""
        with suppress(CollectionMissing):
            collection = self._present(space)
            if collection is None:
                return nothing
            try:
                return read(collection)
            except CollectionReleased:
                # Its index is being changed, or a server let go of it: wait, open it again, ask again.
                with self._turn():
                    self._collections.pop(space.key, None)
                    return read(self._opened(space, READING_S))
        return nothing

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Take the lock to read something; whoever reads from a server does not wait for long."""
        server = self._client.database is None
        if not self._lock.acquire(timeout=READING_S if server else -1):
            raise CollectionReleased(PREPARING_MESSAGE)
        try:
            yield
        finally:
            self._lock.release()

    # -- spaces --

    def _present(self, space: Space) -> Collection | None:
        """Return the space opened; None where it was never written."""
        collection = self._collections.get(space.key)
        if collection is not None:
            return collection
        with self._turn():
            return self._opened(space, READING_S) if self._client.has(rows_name(space)) else None

    def _opened(self, space: Space, wait_s: float = LOADING_S) -> Collection:
        """Return the space opened, created where it does not exist. The lock is held."""
        collection = self._collections.get(space.key)
        if collection is None:
            # What was written lately stays written when the collection is opened again after a fault.
            uncovered = self._uncovered.setdefault(space.key, Uncovered(space, self.backend.tags))
            collection = Collection(self._client, space, self._tick, uncovered, wait_s)
            self._collections[space.key] = collection
        return collection

    def _spaces(self) -> list[Space]:
        """Return all spaces that there are, also of engines that are not in use now.

        Nothing but the key says which engine and model they belong to, and nothing else is needed.
        """
        names = self._client.names()
        return [
            Space(engine=key.rsplit("_", 1)[0], model="", dimension=int(key.rsplit("_", 1)[1]))
            for key in (name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))
            if not key.endswith(SUMS)
        ]

    def _tick(self) -> int:
        return next(self._clock)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let nobody write meanwhile."""
        with self._lock:
            yield

    @property
    def backend(self) -> Backend:
        """What this Milvus can do, and how it is spoken to."""
        return self._client.backend

    # -- closing --

    def close(self) -> None:
        """Close the file or connection; the same process may open it again. Twice does no harm."""
        with self._lock:
            self._collections.clear()
            self._client.close()
