"""The stand-in, the calls to it, and a film to bring there: for uploads, tasks and results alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.embedding.port import Source
from core.embedding.twelvelabs.calls import Calls
from tests.marengo_jobs import as_new, calls_to, film_of
from tests.twelvelabs_server.running import StandIn, standing_in


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Return a film that the provider takes."""
    return film_of(tmp_path_factory.mktemp("films") / "film.mp4")


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as server:
        yield server


@pytest.fixture
def server(running: StandIn) -> Iterator[StandIn]:
    """Return the stand-in as it was at its start; a module that wants it otherwise has its own."""
    yield running
    as_new(running)


@pytest.fixture
def calls(server: StandIn) -> Iterator[Calls]:
    with calls_to(server) as calls:
        yield calls
