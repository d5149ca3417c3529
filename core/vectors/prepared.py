"""The two collections of a space: made, indexed, loaded, and brought up to date with their size."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from core.errors import IndexOutdated, StoreError
from core.model import Space
from core.vectors import lite
from core.vectors.backends import IndexChoice
from core.vectors.client import Client
from core.vectors.schema import PARTITIONS, row_fields, rows_name, sum_fields, sums_name

log = logging.getLogger(__name__)

LOADING_S: Final = 300.0
"""How long whoever writes waits for a server that loads a collection."""


class Prepared:
    """The collections of one space, ready to be read and written."""

    def __init__(self, client: Client, space: Space, wait_s: float) -> None:
        """Create or mend what is missing, and load it.

        Raises: IndexOutdated; CollectionReleased where a server has not loaded it after ``wait_s``.
        """
        self._client = client
        self.name: Final = rows_name(space)
        backend = client.backend
        self._make(self.name, row_fields(client.types, space, backend.tags), PARTITIONS)
        self._make(sums_name(space), sum_fields(client.types, space))
        present = (client.index_of(self.name) or {}).get("index_type", "")
        self.choice: IndexChoice = backend.index_for(client.size(self.name), present)
        self._index(self.name, self.choice)
        self._index(sums_name(space), backend.small)
        client.begin_loading(self.name)  # so that a server loads both at once
        self._load(sums_name(space), wait_s)
        self._load(self.name, wait_s)
        client.begin_session(self.name)

    def fit(self, rows: int) -> bool:
        """Change to the index for larger collections once there are so many rows; return whether it did."""
        choice = self._client.backend.index_for(rows, self.choice.kind)
        if choice.kind == self.choice.kind:
            return False
        log.info("index.changed collection=%s kind=%s", self.name, choice.kind)
        self._index(self.name, choice)
        self._load(self.name)
        self.choice = choice
        return True

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

    def _index(self, name: str, choice: IndexChoice) -> None:
        """Give the collection this index; what had another one must be loaded again."""
        client = self._client
        present = client.index_of(name)
        if present is not None and present["index_type"] != choice.kind:
            client.drop_index(name)
            present = None
        if present is None:
            client.create_index(name, choice)

    def _load(self, name: str, wait_s: float = LOADING_S) -> None:
        """Make the collection ready for searches."""
        client = self._client
        try:
            client.load(name, wait_s)
        except StoreError:
            if client.database is None or not lite.remove_index_files(client.database, name):
                raise
            log.warning("index.index_files_removed collection=%s", name, exc_info=True)
            client.load(name, wait_s)
