"""One space in Milvus: its two collections, opened, read and written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexOutdated, StoreError
from core.model import Filters, Modality, Space, Vector
from core.vectors import lite
from core.vectors.backends import FLAT, IndexChoice
from core.vectors.client import BATCH, Client
from core.vectors.expressions import of_video, search_expression, with_keys
from core.vectors.fields import StoredFields
from core.vectors.ledger import Ledger, sums_of
from core.vectors.port import Row, ScoredRow
from core.vectors.ranking import ranked, settled
from core.vectors.rows import StoredRow
from core.vectors.schema import (
    PARTITIONS,
    ROW_FIELDS,
    partition_of,
    row_fields,
    row_of,
    rows_name,
    sum_fields,
    sums_name,
    to_record,
    to_row,
    to_vector,
)

log = logging.getLogger(__name__)

_SPARE: Final = 16
"""Rows asked for beyond the limit: among thousands of rows some lie as close as ties, few are so in a row."""
_DEEPER: Final = 4
"""How many times as many rows are asked for, while the last hit may tie with one that was not seen."""


class Collection:
    """An open space. Its writers hold the adapter's lock; its readers need none."""

    def __init__(self, client: Client, space: Space, tick: Callable[[], int]) -> None:
        """Open the space, creating or mending what is missing. ``tick`` gives new versions."""
        self._client = client
        self._space = space
        self._tick = tick
        self._name = rows_name(space)
        backend = client.backend
        self._make(self._name, row_fields(client.types, space, backend.tags), PARTITIONS)
        self._make(sums_name(space), sum_fields(client.types, space))
        self._choice: IndexChoice = backend.index_for(client.size(self._name))
        self._load(self._name, self._choice)
        self._load(sums_name(space), FLAT)
        self.ledger = Ledger(client, space, tick)

    # -- reading --

    def search(
        self,
        modality: Modality,
        vectors: NDArray[np.float32],
        limit: int,
        filters: Filters | None,
    ) -> list[list[ScoredRow]]:
        expression = search_expression(filters, self._client.backend.tags)
        # Lite spends time on every hit that is asked for, whether or not there are so many.
        most = min(max(1, self.ledger.clips(modality)), self._client.backend.max_limit or 2**31 - 1)
        limit = min(limit, most)
        asked = min(limit + _SPARE, most)
        while True:
            found = self._nearest(vectors, expression, asked, partition_of(modality))
            if asked == most or all(settled(hits, limit, asked) for hits in found):
                return [ranked(hits, limit) for hits in found]
            asked = min(asked * _DEEPER, most)

    def _nearest(
        self, vectors: NDArray[np.float32], expression: str, limit: int, partition: str
    ) -> list[list[ScoredRow]]:
        # The key says all that a row is; every further field would cost time for every hit.
        found = self._client.search(self._name, vectors, expression, limit, ("key",), self._choice, partition)
        return [
            [ScoredRow(row_of(hit["key"]), min(1.0, max(-1.0, hit["distance"]))) for hit in hits]
            for hits in found
        ]

    def fetch(self, keys: Sequence[str]) -> dict[str, Vector]:
        return {record["key"]: to_vector(record) for record in self._records(keys, ("key", "vector"))}

    def rows(self, video_id: str) -> list[Row]:
        return [to_row(record) for record in self._client.query(self._name, of_video(video_id), ROW_FIELDS)]

    def count(self, video_id: str | None) -> int:
        return self._client.count(self._name, "" if video_id is None else of_video(video_id))

    def _records(self, keys: Sequence[str], fields: Sequence[str]) -> Iterable[dict[str, Any]]:
        unique = list(dict.fromkeys(keys))
        for start in range(0, len(unique), BATCH):
            yield from self._client.query(self._name, with_keys(unique[start : start + BATCH]), fields)

    # -- writing --

    def replace(self, fields: StoredFields, rows: Sequence[StoredRow]) -> None:
        """Make these the only rows of the video."""
        client, ledger, video_id = self._client, self.ledger, fields.video_id
        before = {row.key for row in self.rows(video_id)} if ledger.has(video_id) else set()
        if not rows and not before:
            return
        ledger.begin(video_id)
        records = [to_record(row, fields, client.backend.tags) for row in rows]
        self._store(records)
        self._delete(before - {row.row.key for row in rows})
        client.flush(self._name)
        ledger.commit(video_id, sums_of(records, self._space.dimension).get(video_id, {}))
        self._fit_index()

    def update(self, fields: StoredFields) -> None:
        """Write changed fields to the rows that the video has, with the vectors they have."""
        if not self.ledger.has(fields.video_id):
            return
        rows = {row.key: row for row in self.rows(fields.video_id)}
        keys = list(rows)
        for start in range(0, len(keys), BATCH):
            vectors = self.fetch(keys[start : start + BATCH])
            self._store(
                [
                    to_record(StoredRow(rows[key], vector), fields, self._client.backend.tags)
                    for key, vector in vectors.items()
                ]
            )
        self._client.flush(self._name)
        self.ledger.changed()

    def remove(self, video_id: str) -> None:
        """Remove the rows of a video, also such as the ledger does not know of."""
        self.ledger.begin(video_id)
        self._client.delete(self._name, of_video(video_id))
        self._client.flush(self._name)
        self.ledger.commit(video_id, {})

    def _store(self, records: Sequence[dict[str, Any]]) -> None:
        parts: dict[str, list[dict[str, Any]]] = {}
        for record in records:
            parts.setdefault(partition_of(record["modality"], record["scope"]), []).append(record)
        for partition, some in parts.items():
            self._client.upsert(self._name, some, partition)

    def _delete(self, keys: Iterable[str]) -> None:
        gone = sorted(keys)
        for start in range(0, len(gone), BATCH):
            self._client.delete(self._name, with_keys(gone[start : start + BATCH]))

    # -- opening --

    def _make(
        self, name: str, fields: list[tuple[str, Any, dict[str, Any]]], partitions: Sequence[str] = ()
    ) -> None:
        """Create the collection, or what a killed process left out of it. Raises: IndexOutdated."""
        client = self._client
        outdated = False
        if not client.has(name):
            client.create(name, fields)
            log.info("index.created collection=%s", name)
        else:
            outdated = client.fields(name) != {field[0] for field in fields}
        missing = sorted({*partitions} - client.partitions(name)) if partitions else []
        if outdated or (missing and client.size(name)):
            raise IndexOutdated(
                "The index was made by another version of Cuepoint. Run `make rebuild`: it writes the index "
                "anew from the archive, and embeds nothing."
            )
        for partition in missing:
            client.create_partition(name, partition)

    def _load(self, name: str, choice: IndexChoice) -> None:
        """Give the collection this index, and make it ready for searches."""
        client = self._client
        present = client.index_of(name)
        if present is not None and present["index_type"] != choice.kind:
            client.drop_index(name)
            present = None
        if present is None:
            client.create_index(name, choice)
        try:
            client.load(name)
        except StoreError:
            if client.database is None or not lite.remove_index_files(client.database, name):
                raise
            log.warning("index.index_files_removed collection=%s", name, exc_info=True)
            client.load(name)

    def _fit_index(self) -> None:
        """Change to the index for larger collections once there are so many rows."""
        choice = self._client.backend.index_for(self.ledger.rows)
        if choice.kind == self._choice.kind or choice.kind == FLAT.kind:
            return
        log.info("index.changed collection=%s kind=%s", self._name, choice.kind)
        self._load(self._name, choice)
        self._choice = choice
