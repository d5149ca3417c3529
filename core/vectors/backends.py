"""What differs between Milvus Lite and a Milvus server, and which index serves how many rows.

One table instead of branches all over. Measured on 4 cores, 512 dimensions, Milvus Lite 3.2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from core.vectors.expressions import TagStyle


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """A vector index: its type, how it is built and searched."""

    kind: str
    build: Mapping[str, Any] = field(default_factory=dict)
    search: Mapping[str, Any] = field(default_factory=dict)


FLAT: Final = IndexChoice("FLAT")
ONE_LIST: Final = IndexChoice("IVF_FLAT", build={"nlist": 1}, search={"nprobe": 1})
"""All vectors in one list that is always searched: exact under every filter, and FAISS does it."""


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
    whole_answers: bool
    """One query may return any number of rows. A server stops at `max_limit` and is read in pages."""
    max_limit: int | None
    """Most hits per vector of one search."""
    flat_below: int
    """From so many rows on, `ONE_LIST` instead of `FLAT`."""
    read_timeout_s: float | None
    write_timeout_s: float | None
    """None on Lite: a call that is given up there goes on writing behind our lock."""
    client_options: Mapping[str, Any]

    def index_for(self, rows: int) -> IndexChoice:
        """Return the index for a collection of this size.

        On Lite a search of 10,000 rows takes 12 ms by ONE_LIST and 40 to 115 ms by FLAT (100,000 rows:
        94 and 342 ms). Below 2,000 rows both take less than 20 ms, and FLAT needs no training, which
        FAISS comments on the console for every segment of fewer than 39 rows. HNSW and AUTOINDEX are no
        choice on Lite: under a filter they lose most of the hits.
        """
        return FLAT if rows < self.flat_below else ONE_LIST

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
    whole_answers=True,
    max_limit=None,
    flat_below=2_000,
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
    whole_answers=False,
    max_limit=16_384,
    flat_below=2**62,
    read_timeout_s=20,
    write_timeout_s=120,
    client_options={},
)


def backend_of(version: str) -> Backend:
    """Return the table for what a server says its version is; Lite says so over TCP too."""
    return LITE if version.startswith("milvus_lite") else SERVER
