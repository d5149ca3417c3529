"""The stores that keep the VectorIndex contract, each opened empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from core.model import Space
from core.vectors.port import VectorIndex
from tests.vector_stores import SPACE, STORES


@pytest.fixture
def space() -> Space:
    """A space of its own, for servers keep what other tests wrote."""
    return replace(SPACE, engine=f"test{uuid4().hex[:12]}")


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def index(request: pytest.FixtureRequest, tmp_path: Path, space: Space) -> Iterator[VectorIndex]:
    index = request.param(tmp_path)
    yield index
    index.drop(space)
    index.close()
