"""Calls to Milvus about rows, with the driver's errors translated; of whole collections: `administration`.

Whoever writes holds the adapter's lock (`core.vectors.milvus`); nothing here takes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.vectors.administration import Administration, Record
from core.vectors.backends import IndexChoice
from core.vectors.schema import METRIC

BATCH: Final = 1000
"""Rows of one write: about 2 MB at 512 dimensions. Larger ones are no faster on Lite."""
_PAGE: Final = 4096


class Client(Administration):
    """An open connection, and all that it is asked."""

    def upsert(
        self, name: str, records: Sequence[Record], partition: str = "", *, fresh: bool = False
    ) -> None:
        """Write rows in place of those with the same keys; where there are none, ``fresh`` is quicker."""
        write = self._open.insert if fresh or self.backend.insert_replaces else self._open.upsert
        for start in range(0, len(records), BATCH):
            some, timeout = list(records[start : start + BATCH]), self.backend.write_timeout_s
            with self._asking("store rows"):
                write(name, some, timeout=timeout, partition_name=partition)

    def delete(self, name: str, expression: str) -> None:
        with self._asking("remove rows"):
            self._open.delete(name, filter=expression, timeout=self.backend.write_timeout_s)

    def flush(self, name: str) -> None:
        """Make what was written durable and quick to search; later searches see it, whoever wrote it."""
        if self.backend.flush_after_write:
            with self._asking("write its rows to disk"):
                self._open.flush(name, timeout=self.backend.write_timeout_s)
        self.begin_session(name)

    def begin_session(self, name: str) -> None:
        """Have all later searches wait for everything that was written until now.

        pymilvus keeps the time of a session's last write itself, but not of a deletion, and a session that
        wrote nothing waits for nothing: after a restart of the server it finds what is there already.
        """
        if self.backend.fresh == "Session":
            with self._asking("tell the time"):
                # MilvusClient does not offer it; 0 where the server does not either.
                connection = self._open._get_connection()
                self._sessions[name] = connection.alloc_timestamp(timeout=self.backend.read_timeout_s)

    def _freshness(self, name: str) -> Record:
        """Return the options of a search that sees what was written before `begin_session`."""
        since = self._sessions.get(name)
        if not since:
            return {"consistency_level": "Strong"}
        return {"consistency_level": "Customized", "guarantee_timestamp": since}

    def size(self, name: str) -> int:
        """Return about how many rows a collection has; it need not be loaded."""
        with self._asking("count rows"):
            stats = self._open.get_collection_stats(name, timeout=self.backend.read_timeout_s)
        return int(stats["row_count"])

    def count(self, name: str, expression: str = "") -> int:
        """Return exactly how many rows there are."""
        with self._asking("count rows"):
            found = self._open.query(
                name, filter=expression, output_fields=["count(*)"], timeout=self.backend.read_timeout_s
            )
        return int(found[0]["count(*)"])

    def query(self, name: str, expression: str, fields: Sequence[str]) -> list[Record]:
        """Return these fields of all rows that satisfy an expression, in no particular order."""
        if self.backend.whole_answers:
            return self.few(name, expression, fields)
        return list(self.pages(name, expression, fields))

    def few(
        self, name: str, expression: str, fields: Sequence[str], partition: str | None = None
    ) -> list[Record]:
        """Return the same of some thousand rows at most, as fresh as searches are."""
        with self._asking("read rows"):
            return list(
                self._open.query(
                    name,
                    filter=expression,
                    output_fields=list(fields),
                    timeout=self.backend.read_timeout_s,
                    partition_names=[partition] if partition else None,
                    **self._freshness(name),
                )
            )

    def pages(self, name: str, expression: str, fields: Sequence[str]) -> Iterator[Record]:
        """Yield the same one after the other, holding a few thousand at a time."""
        with self._asking("read rows"):
            pages = self._open.query_iterator(
                name,
                batch_size=_PAGE,
                filter=expression,
                output_fields=list(fields),
                timeout=self.backend.read_timeout_s,
            )
        try:
            while True:
                with self._asking("read rows"):
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
        with self._asking("search"):
            found = self._open.search(
                name,
                data=list(vectors),
                anns_field="vector",
                filter=expression,
                limit=limit,
                output_fields=list(fields),
                search_params={"metric_type": METRIC, "params": choice.parameters(limit)},
                partition_names=[partition],
                timeout=self.backend.read_timeout_s,
                **self._freshness(name),
            )
        return [[{**hit["entity"], "distance": hit["distance"]} for hit in hits] for hits in found]
