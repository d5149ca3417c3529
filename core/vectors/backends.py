"""What differs between Milvus Lite and a Milvus server, and which index serves how many rows.

One table instead of branches all over. Measured on 4 cores, 512 dimensions, Milvus Lite 3.2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from core.vectors.expressions import TagStyle


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """A vector index: its type, how it is built and searched."""

    kind: str
    build: Mapping[str, Any] = field(default_factory=dict)
    search: Mapping[str, Any] = field(default_factory=dict)
    reordered: int = 0
    """How many rows for each one that is asked for are ranked by their whole vectors, where the index
    finds them by shortened ones; 0 where it does not."""

    def parameters(self, limit: int) -> dict[str, Any]:
        """Return the parameters of a search for so many rows."""
        if not self.reordered:
            return dict(self.search)
        return {**self.search, "reorder_k": max(_LEAST_REORDERED, self.reordered * limit)}


_LEAST_REORDERED: Final = 2_000
"""It costs a millisecond more than 500. Of 100,000 rows of footage that hardly changes for minutes, 500 lose
7 % of the ten best for words that fit nothing, 1,000 lose 0.5 % of the fifty best, and 2,000 none; of footage
of other kinds 500 do."""

FLAT: Final = IndexChoice("FLAT")
ONE_LIST: Final = IndexChoice("IVF_FLAT", build={"nlist": 1}, search={"nprobe": 1})
"""All vectors in one list that is always searched: exact under every filter, and FAISS does it."""
SHORTENED: Final = IndexChoice("SCANN", build={"nlist": 1}, search={"nprobe": 1}, reordered=10)
"""All rows of one list are looked through by vectors of four bits a pair of numbers, and the best of them
ranked by their whole vectors. So it reads a sixteenth of the memory, and filters cost it nothing."""
AUTO: Final = IndexChoice("AUTOINDEX", search={"level": 10})
"""The only index of Zilliz Cloud, whatever is asked for; level 10 is its most exact.
Source: docs.zilliz.com, "AUTOINDEX Explained" and "Tune Recall Rate"."""


@dataclass(frozen=True, slots=True)
class Backend:
    """How to speak to one kind of Milvus."""

    name: str
    tags: TagStyle
    nested_build_parameters: bool
    """Milvus Lite drops index parameters that are not wrapped in another ``params``, silently."""
    flush_after_write: bool
    """Milvus Lite searches what is not flushed about twenty times slower, and then writes its log away.
    A server has everything in its message queue when it answers, and limits how often one may flush."""
    insert_replaces: bool
    """Milvus Lite keeps the newest row of a key however it was written; its upsert only looks every key up
    before it inserts, which costs a third. A server would keep both rows."""
    writers: int
    """Batches of one write that are on their way at once. Concurrent writers corrupt Milvus Lite's log; on a
    server one batch is packed here, which takes as long, while the other one is stored there."""
    whole_answers: bool
    """One query may return any number of rows. A server stops at `max_limit` and is read in pages."""
    max_limit: int | None
    """Most hits per vector of one search."""
    small: IndexChoice
    large: IndexChoice
    large_from: int
    """From so many rows on, `large` instead of `small`. An index that became large stays so."""
    fresh: str
    """The consistency of searches. "Strong" waits until a server knows that nothing newer is coming, 200 to
    300 ms; with "Session" it waits for what was there when the space was opened, and for what this process
    wrote since (`Client.begin_session`): nobody else writes."""
    read_timeout_s: float | None
    write_timeout_s: float | None
    """None on Lite: a call that is given up there goes on writing behind our lock."""
    client_options: Mapping[str, Any]

    def index_for(self, rows: int, present: str = "") -> IndexChoice:
        """Return the index for a collection of this size that has an index of the type ``present``.

        On Lite a search of 10,000 rows takes 12 ms by ONE_LIST and 40 to 115 ms by FLAT (100,000 rows:
        94 and 342 ms). Below 2,000 rows both take less than 20 ms, and FLAT needs no training, which
        FAISS comments on the console for every segment of fewer than 39 rows. HNSW and AUTOINDEX are no
        choice on Lite: under a filter they lose most of the hits.

        On a server 100,000 rows take 23 ms by FLAT, 16 ms by ONE_LIST and 5 ms by SHORTENED (numpy on the
        same two cores: 11 ms), all with a recall of 1.00 at 10 and 100 hits, whatever the filter. HNSW takes
        8 to 25 ms, and a filter that leaves an eighth of the rows costs it 2 to 20 % of the hits even when
        it looks at a thousand. Scalar indexes on the filter fields made searches slower (`benchmarks`).
        """
        return self.large if rows >= self.large_from or present == self.large.kind else self.small

    def build_parameters(self, choice: IndexChoice) -> dict[str, Any]:
        """Return an index's build parameters as the driver has to be given them."""
        if not choice.build:
            return {}
        return {"params": dict(choice.build)} if self.nested_build_parameters else dict(choice.build)


LITE: Final = Backend(
    name="Milvus Lite",
    tags="text",
    nested_build_parameters=True,
    flush_after_write=True,
    insert_replaces=True,
    writers=1,
    whole_answers=True,
    max_limit=None,
    small=FLAT,
    large=ONE_LIST,
    large_from=2_000,
    fresh="Strong",
    read_timeout_s=None,
    write_timeout_s=None,
    # Otherwise the client pings every ten seconds, and the embedded server calls that too many.
    client_options={"grpc_options": {"grpc.keepalive_time_ms": 600_000}},
)

SERVER: Final = Backend(
    name="Milvus",
    tags="array",
    nested_build_parameters=False,
    flush_after_write=False,
    insert_replaces=False,
    writers=2,
    whole_answers=False,
    max_limit=16_384,
    small=FLAT,
    large=SHORTENED,
    large_from=20_000,
    fresh="Session",
    read_timeout_s=10,
    write_timeout_s=60,
    client_options={},
)


CLOUD: Final = replace(SERVER, name="Zilliz Cloud", small=AUTO, large=AUTO)


def backend_of(version: str, address: str = "") -> Backend:
    """Return the table for what a server says its version is; Lite says so over TCP too."""
    if version.startswith("milvus_lite"):
        return LITE
    host = urlsplit(address).hostname or ""
    return CLOUD if host.endswith(_CLOUD_HOSTS) else SERVER


_CLOUD_HOSTS: Final = (".zillizcloud.com", ".zilliz.com", ".zilliz.com.cn")
