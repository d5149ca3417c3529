"""Calls to Milvus about whole collections: made, indexed, loaded, sealed, dropped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from core.errors import StoreError
from core.vectors.backends import IndexChoice
from core.vectors.connection import Connection
from core.vectors.driver import DataType, LoadState, MilvusClient
from core.vectors.faults import PREPARING_MESSAGE, CollectionReleased
from core.vectors.schema import METRIC

_SEALED: Final = frozenset({"Sealed", "Flushing", "Flushed"})
_COVERED_EVERY_S: Final = 0.2
_UNINDEXED_ROWS: Final = 1024
"""A segment of fewer rows gets no index. Source: milvus.yaml, `minSegmentNumRowsToEnableIndex`."""
_LOADED_EVERY_S: Final = 0.05

Record: TypeAlias = dict[str, Any]


class Administration(Connection):
    """An open connection, and what it is asked about collections."""

    types: Final[Any] = DataType

    def names(self) -> list[str]:
        with self._asking("list its collections"):
            return list(self._open.list_collections(timeout=self.backend.read_timeout_s))

    def has(self, name: str) -> bool:
        with self._asking("look for a collection"):
            return bool(self._open.has_collection(name, timeout=self.backend.read_timeout_s))

    def create(self, name: str, fields: Sequence[tuple[str, Any, Record]]) -> None:
        """Create an empty collection. What is written is read back at once, on a server too."""
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        for field, kind, options in fields:
            schema.add_field(field, kind, **options)
        with self._asking("create a collection"):
            self._open.create_collection(
                name, schema=schema, consistency_level="Strong", timeout=self.backend.write_timeout_s
            )

    def fields(self, name: str) -> set[str]:
        """Return the names of a collection's fields."""
        with self._asking("describe a collection"):
            described = self._open.describe_collection(name, timeout=self.backend.read_timeout_s)
        return {field["name"] for field in described["fields"]}

    def partitions(self, name: str) -> set[str]:
        """Return the names of a collection's partitions."""
        with self._asking("list partitions"):
            return set(self._open.list_partitions(name, timeout=self.backend.read_timeout_s))

    def create_partition(self, name: str, partition: str) -> None:
        with self._asking("create a partition"):
            self._open.create_partition(name, partition, timeout=self.backend.write_timeout_s)

    def drop(self, name: str) -> None:
        with self._asking("drop a collection"):
            self._open.drop_collection(name, timeout=self.backend.write_timeout_s)

    def begin_loading(self, name: str) -> None:
        """Have a server start to load a collection, which takes it seconds; `load` waits for the end."""
        if self.database is None:
            with self._asking("load the index"):
                self._open.load_collection(name, timeout=self.backend.read_timeout_s, _async=True)

    def load(self, name: str, wait_s: float) -> None:
        """Make a collection ready for searches. Raises: CollectionReleased where a server takes longer."""
        if self.database is not None:
            with self._asking("load the index"):
                self._open.load_collection(name)
            return
        self.begin_loading(name)
        ends = time.monotonic() + wait_s
        while not self._is_loaded(name):
            if time.monotonic() > ends:
                raise CollectionReleased(PREPARING_MESSAGE)
            time.sleep(_LOADED_EVERY_S)

    def _is_loaded(self, name: str) -> bool:
        with self._asking("load the index"):
            found = self._open.get_load_state(name, timeout=self.backend.read_timeout_s)
        return bool(found["state"] == LoadState.Loaded)

    def index_of(self, name: str) -> Record | None:
        """Return what Milvus says about the vector index; None where there is none."""
        with self._asking("describe the index"):
            found = self._open.describe_index(name, "vector", timeout=self.backend.read_timeout_s)
        return dict(found) if found else None

    def drop_index(self, name: str) -> None:
        """Remove the vector index; searches are refused until one is created and loaded."""
        with self._asking("change the index"):
            self._open.release_collection(name, timeout=self.backend.write_timeout_s)
            self._open.drop_index(name, "vector", timeout=self.backend.write_timeout_s)

    def create_index(self, name: str, choice: IndexChoice) -> None:
        """Create the vector index, and read back that Milvus took what was asked for."""
        wanted = self._open.prepare_index_params()
        wanted.add_index(
            "vector",
            index_name="vector",
            index_type=choice.kind,
            metric_type=METRIC,
            params=self.backend.build_parameters(choice),
        )
        with self._asking("create the index"):
            # Not waiting: loading waits for what it needs, and pymilvus waits at least half a second.
            self._open.create_index(name, wanted, timeout=self.backend.write_timeout_s, sync=False)
        taken = self.index_of(name) or {}
        options = {**taken, **(taken.get("params") or {})}
        if taken.get("index_type") != choice.kind or any(
            str(options.get(option)) != str(value) for option, value in choice.build.items()
        ):
            raise StoreError("Milvus did not take the index that was asked for. Update pymilvus and Milvus.")

    def seal(self, name: str, wait_s: float) -> bool:
        """End a server's growing segments, and return whether its index covers them all in time."""
        with self._asking("seal its rows"):
            self._open.flush(name, timeout=self.backend.write_timeout_s)
        ends = time.monotonic() + wait_s
        while not self._is_covered(name):
            if time.monotonic() > ends:
                return False
            time.sleep(_COVERED_EVERY_S)
        return True

    def _is_covered(self, name: str) -> bool:
        # `describe_index` says "Finished" while it is not: what counts is what is loaded for searches.
        with self._asking("look at its segments"):
            written = self._open.list_persistent_segments(name, timeout=self.backend.read_timeout_s)
            loaded = self._open.list_loaded_segments(name, timeout=self.backend.read_timeout_s)
        covered = {one.segment_id for one in loaded if one.index_name or one.num_rows < _UNINDEXED_ROWS}
        return all(one.segment_id in covered for one in written if one.num_rows and one.state_name in _SEALED)
