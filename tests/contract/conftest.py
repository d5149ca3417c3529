"""The stores that keep the VectorIndex contract, each opened empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from core.model import Space
from core.vectors.port import VectorIndex
from core.vectors.schema import rows_name, sums_name
from tests.shared_servers import own_server
from tests.vector_stores import SERVERS, SPACE, STORES, Opener, open_server


@pytest.fixture(scope="session")
def server_spaces() -> Iterator[dict[Opener, Space]]:
    """One space on each server for all tests of a process: making one takes Milvus two seconds."""
    spaces: dict[Opener, Space] = {}
    yield spaces
    # What the tests started themselves ends with them, and is removed with all that it holds.
    kept = {opener: space for opener, space in spaces.items() if opener is open_server and own_server()}
    for opener, space in kept.items():
        index = opener(Path())
        index.drop(space)
        index.close()


@pytest.fixture
def space(request: pytest.FixtureRequest, server_spaces: dict[Opener, Space]) -> Iterator[Space]:
    """A space without rows; on a server the same again and again, emptied after each test."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    server = next(
        (each for each in SERVERS.values() if any(each is one for one in parameters.values())), None
    )
    own = replace(SPACE, engine=f"test{uuid4().hex[:12]}")
    if server is None:
        yield own
        return
    space = server_spaces.setdefault(server, own)
    yield space
    index = server(Path())
    for name in (sums_name(space), rows_name(space)):
        if index._client.has(name):
            index._client.delete(name, 'key != ""')
    index.close()


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def index(request: pytest.FixtureRequest, tmp_path: Path, space: Space) -> Iterator[VectorIndex]:
    index = request.param(tmp_path)
    yield index
    index.close()
