"""A connection to Milvus: every call that Cuepoint makes, with the driver's errors translated.

Whoever writes holds the adapter's lock (`core.vectors.milvus`); nothing here takes it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexUnavailable, StoreError
from core.vectors import lite
from core.vectors.backends import Backend, IndexChoice, backend_of
from core.vectors.driver import DataType, MilvusClient
from core.vectors.faults import translated
from core.vectors.schema import METRIC

log = logging.getLogger(__name__)

BATCH: Final = 1000
"""Rows of one write: about 2 MB at 512 dimensions. Larger ones are no faster on Lite."""
_PAGE: Final = 4096
_CONNECT_S: Final = 10.0

Record = dict[str, Any]


class Client:
    """An open connection; ``database`` is the folder of Milvus Lite, None for a server."""

    types: Final[Any] = DataType

    def __init__(self, address: str, token: str = "", backend: Backend | None = None) -> None:
        """Connect. Raises: SettingsError, LibraryBusy, IndexUnavailable, StoreError."""
        self.database = None if "://" in address or address.startswith("unix:") else Path(address).absolute()
        self._closed = False
        if self.database is not None:
            self._milvus = lite.open_file(self.database)
        else:
            with translated("be reached"):
                self._milvus = MilvusClient(uri=address, token=token, timeout=_CONNECT_S, dedicated=True)
        try:
            with translated("say its version"):
                version = str(self._milvus.get_server_version(timeout=_CONNECT_S))
        except StoreError:
            self.close()
            raise
        self.backend = backend or backend_of(version)
        log.info("index.connected version=%s backend=%s", version, self.backend.name)

    # -- collections --

    def names(self) -> list[str]:
        with translated("list its collections"):
            return list(self._open.list_collections())

    def has(self, name: str) -> bool:
        with translated("look for a collection"):
            return bool(self._open.has_collection(name, timeout=self.backend.read_timeout_s))

    def create(self, name: str, fields: Sequence[tuple[str, Any, Record]]) -> None:
        """Create an empty collection. What is written is read back at once, on a server too."""
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        for field, kind, options in fields:
            schema.add_field(field, kind, **options)
        with translated("create a collection"):
            self._open.create_collection(
                name, schema=schema, consistency_level="Strong", timeout=self.backend.write_timeout_s
            )

    def fields(self, name: str) -> set[str]:
        """Return the names of a collection's fields."""
        with translated("describe a collection"):
            described = self._open.describe_collection(name, timeout=self.backend.read_timeout_s)
        return {field["name"] for field in described["fields"]}

    def partitions(self, name: str) -> set[str]:
        """Return the names of a collection's partitions."""
        with translated("list partitions"):
            return set(self._open.list_partitions(name, timeout=self.backend.read_timeout_s))

    def create_partition(self, name: str, partition: str) -> None:
        with translated("create a partition"):
            self._open.create_partition(name, partition, timeout=self.backend.write_timeout_s)

    def drop(self, name: str) -> None:
        with translated("drop a collection"):
            self._open.drop_collection(name, timeout=self.backend.write_timeout_s)

    def load(self, name: str) -> None:
        with translated("load the index"):
            self._open.load_collection(name, timeout=self.backend.write_timeout_s)

    def index_of(self, name: str) -> Record | None:
        """Return what Milvus says about the vector index; None where there is none."""
        with translated("describe the index"):
            found = self._open.describe_index(name, "vector", timeout=self.backend.read_timeout_s)
        return dict(found) if found else None

    def drop_index(self, name: str) -> None:
        """Remove the vector index; searches are refused until one is created and loaded."""
        with translated("change the index"):
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
        with translated("create the index"):
            # Not waiting: loading waits for what it needs, and pymilvus waits at least half a second.
            self._open.create_index(name, wanted, timeout=self.backend.write_timeout_s, sync=False)
        taken = self.index_of(name) or {}
        options = {**taken, **(taken.get("params") or {})}
        if taken.get("index_type") != choice.kind or any(
            str(options.get(option)) != str(value) for option, value in choice.build.items()
        ):
            raise StoreError("Milvus did not take the index that was asked for. Update pymilvus and Milvus.")

    # -- rows --

    def upsert(self, name: str, records: Sequence[Record], partition: str = "") -> None:
        for start in range(0, len(records), BATCH):
            with translated("store rows"):
                self._open.upsert(
                    name,
                    list(records[start : start + BATCH]),
                    timeout=self.backend.write_timeout_s,
                    partition_name=partition,
                )

    def delete(self, name: str, expression: str) -> None:
        with translated("remove rows"):
            self._open.delete(name, filter=expression, timeout=self.backend.write_timeout_s)

    def flush(self, name: str) -> None:
        """Make what was written durable and quick to search, where the back end needs telling."""
        if self.backend.flush_after_write:
            with translated("write its rows to disk"):
                self._open.flush(name, timeout=self.backend.write_timeout_s)

    def size(self, name: str) -> int:
        """Return about how many rows a collection has; it need not be loaded."""
        with translated("count rows"):
            stats = self._open.get_collection_stats(name, timeout=self.backend.read_timeout_s)
        return int(stats["row_count"])

    def count(self, name: str, expression: str = "") -> int:
        """Return exactly how many rows there are."""
        with translated("count rows"):
            found = self._open.query(
                name, filter=expression, output_fields=["count(*)"], timeout=self.backend.read_timeout_s
            )
        return int(found[0]["count(*)"])

    def query(self, name: str, expression: str, fields: Sequence[str]) -> list[Record]:
        """Return these fields of all rows that satisfy an expression, in no particular order."""
        if not self.backend.whole_answers:
            return list(self.pages(name, expression, fields))
        with translated("read rows"):
            return list(
                self._open.query(
                    name,
                    filter=expression,
                    output_fields=list(fields),
                    timeout=self.backend.read_timeout_s,
                )
            )

    def pages(self, name: str, expression: str, fields: Sequence[str]) -> Iterator[Record]:
        """Yield the same one after the other, holding a few thousand at a time."""
        with translated("read rows"):
            pages = self._open.query_iterator(
                name,
                batch_size=_PAGE,
                filter=expression,
                output_fields=list(fields),
                timeout=self.backend.read_timeout_s,
            )
        try:
            while True:
                with translated("read rows"):
                    page = pages.next()
                if not page:
                    return
                yield from page
        finally:
            pages.close()

    def search(
        self,
        name: str,
        vectors: NDArray[np.float32],
        expression: str,
        limit: int,
        fields: Sequence[str],
        choice: IndexChoice,
        partition: str,
    ) -> list[list[Record]]:
        """Return for every vector its nearest rows, best first, with ``distance`` as their cosine."""
        with translated("search"):
            found = self._open.search(
                name,
                data=list(vectors),
                anns_field="vector",
                filter=expression,
                limit=limit,
                output_fields=list(fields),
                search_params={"metric_type": METRIC, "params": dict(choice.search)},
                partition_names=[partition],
                timeout=self.backend.read_timeout_s,
            )
        return [[{**hit["entity"], "distance": hit["distance"]} for hit in hits] for hits in found]

    # -- the connection --

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
