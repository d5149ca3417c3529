"""One space in Milvus: its two collections, opened, read and written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexUnavailable
from core.model import Filters, Modality, Space, Vector
from core.vectors.client import BATCH, Client
from core.vectors.contents import CONTENT_FIELDS, VideoContents, contents_of
from core.vectors.expressions import of_video, of_videos, search_expression, with_keys
from core.vectors.fields import StoredFields
from core.vectors.ledger import Ledger
from core.vectors.port import Row, ScoredRow
from core.vectors.prepared import Prepared
from core.vectors.ranking import nearest
from core.vectors.rows import StoredRow, StoredVideo
from core.vectors.schema import (
    ROW_FIELDS,
    partition_of,
    row_of,
    to_record,
    to_row,
    to_vector,
)
from core.vectors.sums import sums_of
from core.vectors.uncovered import Uncovered

log = logging.getLogger(__name__)

_COVERED_S: Final = 900.0
_COVERED_SOON_S: Final = 120.0
_FEW_ROWS: Final = 2_000
"""So many rows, 4 MB, are read and compared here in ten to twenty milliseconds."""


class Collection:
    """An open space. Its writers hold the adapter's lock; its readers need none."""

    def __init__(
        self, client: Client, space: Space, tick: Callable[[], int], uncovered: Uncovered, wait_s: float
    ) -> None:
        """Open the space, creating or mending what is missing. ``tick`` gives new versions.

        Raises: CollectionReleased where a server has not loaded it after ``wait_s``; it goes on by itself.
        """
        self._client = client
        self._space = space
        self._prepared = Prepared(client, space, wait_s)
        self._name = self._prepared.name
        self._uncovered = uncovered
        self.ledger = Ledger(client, space, tick)

    # -- reading --

    def search(
        self,
        modality: Modality,
        vectors: NDArray[np.float32],
        limit: int,
        filters: Filters | None,
    ) -> list[list[ScoredRow]]:
        # Lite spends time on every hit that is asked for, whether or not there are so many.
        most = min(max(1, self.ledger.clips(modality)), self._client.backend.max_limit or 2**31 - 1)
        if self._few(filters):
            return nearest(lambda _: self._compared(modality, vectors, filters), limit, _FEW_ROWS)
        return nearest(lambda asked: self._nearest(modality, vectors, filters, asked), limit, most)

    def _few(self, filters: Filters | None) -> bool:
        """Return whether the videos of a filter have so few rows that comparing them all is quicker."""
        if filters is None or not filters.video_ids or not self._prepared.choice.reordered:
            return False
        rows = sum(self.ledger.rows_in_video(video_id) for video_id in set(filters.video_ids))
        return rows <= _FEW_ROWS

    def _nearest(
        self, modality: Modality, vectors: NDArray[np.float32], filters: Filters | None, limit: int
    ) -> list[list[ScoredRow]]:
        expression, choice = search_expression(filters, self._client.backend.tags), self._prepared.choice
        # The key says all that a row is; every further field would cost time for every hit.
        hits = self._client.search(
            self._name, vectors, expression, limit, ("key",), choice, partition_of(modality)
        )
        found = [[_scored(hit["key"], hit["distance"]) for hit in line] for line in hits]
        if not choice.reordered:
            return found
        shortest = min(map(len, found), default=0)
        if expression and shortest < min(limit, _FEW_ROWS):
            # Shortened vectors lose the farthest of a few rows, and here there are no more than a few.
            return self._compared(modality, vectors, filters)
        return self._uncovered.add_to(found, modality, vectors, limit, filters)

    def _compared(
        self, modality: Modality, vectors: NDArray[np.float32], filters: Filters | None
    ) -> list[list[ScoredRow]]:
        """Return all rows that filters admit, best first, by cosines that are computed here."""
        expression = search_expression(filters, self._client.backend.tags)
        records = self._client.few(self._name, expression, ("key", "vector"), partition_of(modality))
        if not records:
            return [[] for _ in vectors]
        cosines = vectors @ np.stack([to_vector(record) for record in records]).T
        return [
            [_scored(records[place]["key"], float(line[place])) for place in np.argsort(-line, kind="stable")]
            for line in cosines
        ]

    def fetch(self, keys: Sequence[str]) -> dict[str, Vector]:
        return {record["key"]: to_vector(record) for record in self._records(keys, ("key", "vector"))}

    def rows(self, video_id: str) -> list[Row]:
        return [to_row(record) for record in self._client.query(self._name, of_video(video_id), ROW_FIELDS)]

    def contents(self, video_ids: Sequence[str]) -> list[VideoContents]:
        """Return everything that these videos' clip rows hold."""
        wanted = f'{of_videos(video_ids)} and scope == "clip"'
        return contents_of(self._client.query(self._name, wanted, CONTENT_FIELDS), self._client.backend.tags)

    def count(self, video_id: str | None) -> int:
        return self._client.count(self._name, "" if video_id is None else of_video(video_id))

    def _records(self, keys: Sequence[str], fields: Sequence[str]) -> Iterable[dict[str, Any]]:
        unique = list(dict.fromkeys(keys))
        for start in range(0, len(unique), BATCH):
            yield from self._client.few(self._name, with_keys(unique[start : start + BATCH]), fields)

    # -- writing --

    def replace(self, videos: Iterable[StoredVideo], *, bulk: bool) -> None:
        """Make these the only rows of their videos in one write; after a ``bulk`` comes `make_ready`."""
        client, ledger = self._client, self.ledger
        wanted = {
            fields.video_id: (fields, rows) for fields, rows in videos if rows or ledger.has(fields.video_id)
        }
        if not wanted:
            return
        before = self._keys_of(video_id for video_id in wanted if ledger.has(video_id))
        ledger.begin(wanted)
        self._uncovered.remove(wanted)
        records = [
            to_record(row, fields, client.backend.tags) for fields, rows in wanted.values() for row in rows
        ]
        # What has no rows yet needs no look for former ones. Where a write that was repeated on its way left
        # a row twice, the comparison after a bulk says so.
        self._store(records, fresh=bulk and not before)
        self._delete(before - {record["key"] for record in records})
        client.flush(self._name)
        sums = sums_of(records, self._space.dimension)
        ledger.commit({video_id: sums.get(video_id, {}) for video_id in wanted})
        if bulk and not client.backend.flush_after_write:
            return  # A server works quicker where its index changes once.
        if self._prepared.fit(ledger.rows):
            self._cover()
        elif self._prepared.choice.reordered:
            self._remember(records)

    def _remember(self, records: Sequence[dict[str, Any]]) -> None:
        self._uncovered.put(records)
        if self._uncovered.full:
            self._cover()

    def _cover(self) -> None:
        try:
            self.make_ready(_COVERED_SOON_S)
        except IndexUnavailable:
            # Everything is written, and what is kept here is searched; the next write tries again.
            log.warning("index.not_covered collection=%s", self._name, exc_info=True)

    def make_ready(self, wait_s: float = _COVERED_S) -> None:
        """Have a server's index cover everything: some seconds, and minutes after a bulk."""
        self._prepared.fit(self.ledger.rows)
        if not self._prepared.choice.reordered:
            return
        if not self._client.seal(self._name, wait_s):
            log.warning("index.not_covered collection=%s", self._name)
        self._uncovered.clear()

    def update(self, fields: StoredFields) -> None:
        """Write changed fields to the rows that the video has, with the vectors they have."""
        if not self.ledger.has(fields.video_id):
            return
        rows = {row.key: row for row in self.rows(fields.video_id)}
        keys, written = list(rows), []
        self._uncovered.remove([fields.video_id])
        for start in range(0, len(keys), BATCH):
            vectors = self.fetch(keys[start : start + BATCH])
            records = [
                to_record(StoredRow(rows[key], vector), fields, self._client.backend.tags)
                for key, vector in vectors.items()
            ]
            self._store(records)
            written += records
        self._client.flush(self._name)
        self.ledger.changed(fields.video_id)
        if self._prepared.choice.reordered:
            self._remember(written)

    def remove(self, video_id: str) -> None:
        """Remove the rows of a video, also such as the ledger does not know of."""
        self.ledger.begin([video_id])
        self._uncovered.remove([video_id])
        self._client.delete(self._name, of_video(video_id))
        self._client.flush(self._name)
        self.ledger.commit({video_id: {}})

    def _keys_of(self, video_ids: Iterable[str]) -> set[str]:
        """Return the keys of all rows that these videos have now."""
        names = sorted(video_ids)
        return {
            record["key"]
            for start in range(0, len(names), BATCH)
            for record in self._client.query(self._name, of_videos(names[start : start + BATCH]), ("key",))
        }

    def _store(self, records: Sequence[dict[str, Any]], *, fresh: bool = False) -> None:
        parts: dict[str, list[dict[str, Any]]] = {}
        for record in records:
            parts.setdefault(partition_of(record["modality"], record["scope"]), []).append(record)
        batches = [
            (partition, some[start : start + BATCH])
            for partition, some in parts.items()
            for start in range(0, len(some), BATCH)
        ]

        def write(batch: tuple[str, list[dict[str, Any]]]) -> None:
            self._client.upsert(self._name, batch[1], batch[0], fresh=fresh)

        writers = min(self._client.backend.writers, len(batches))
        if writers < 2:
            for batch in batches:
                write(batch)
            return
        with ThreadPoolExecutor(writers, thread_name_prefix="rows") as pool:
            # All of them have ended when this is left, also where one has failed.
            list(pool.map(write, batches))

    def _delete(self, keys: Iterable[str]) -> None:
        gone = sorted(keys)
        for start in range(0, len(gone), BATCH):
            self._client.delete(self._name, with_keys(gone[start : start + BATCH]))


def _scored(key: str, cosine: float) -> ScoredRow:
    return ScoredRow(row_of(key), min(1.0, max(-1.0, cosine)))
