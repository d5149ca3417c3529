"""From the preview engine to Marengo and on, with the real engines; the provider is the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config import Settings
from core.errors import QueryRefused
from core.library import Library, open_library
from core.model import Clip, Query, Text
from tests.made_media import Film, made
from tests.twelvelabs_server.running import KEY, StandIn, standing_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

WORDS = Text("red corners", 0.5)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two films that Marengo takes."""
    folder = tmp_path_factory.mktemp("films")
    paths = [folder / "parade.mp4", folder / "regatta.mp4"]
    for path, seconds in zip(paths, (5.0, 7.0), strict=True):
        path.write_bytes(made(Film(seconds=seconds, width=640, height=360, sound="aac"), ".mp4"))
    return paths


@pytest.fixture
def provider() -> Iterator[StandIn]:
    with standing_in() as server:
        yield server


def opened(folder: Path, provider: StandIn | None, **told: Any) -> Library:
    if provider is not None:
        told |= {"twelve_labs_api_key": KEY, "twelve_labs_base_url": provider.url}
    return open_library(Settings(data_dir=folder, **told))


def searched(library: Library) -> str:
    [state] = [state for state in library.spaces() if state.searched]
    return state.space.key


def billed_s(provider: StandIn) -> float:
    return float(provider.statistics()["billed_seconds"])


def test_from_preview_to_marengo_and_its_models(tmp_path: Path, films: list[Path], provider: StandIn) -> None:
    """Every switch leaves the old space searched until the new one is complete, and bills each video once."""
    with opened(tmp_path, None) as library:
        for film in films:
            library.add_file(film)
        library.wait(120)
        assert searched(library) == "preview_v1_512"
    with opened(tmp_path, provider) as library:
        assert searched(library) == "preview_v1_512"
        assert library.search(Query(terms=(WORDS,))).terms[0].ignored
        with pytest.raises(QueryRefused, match="weigh them instead"):
            library.search(Query(terms=(WORDS, Clip(films[0], 0, 3)), together=True))
        estimate = library.estimate_missing()
        assert (estimate.videos, estimate.minutes) == (2, pytest.approx(0.2, abs=0.01))
        assert billed_s(provider) == 0
        library.embed_missing()
        library.wait(120)
        assert searched(library) == "twelvelabs_marengo3_5_512"
        assert billed_s(provider) == pytest.approx(12.0, abs=0.5)
        for weight in (0.5, 0.2):
            query = Query(terms=(WORDS, Clip(films[0], 0, 3, weight=weight)), together=True)
            assert library.search(query).moments
        assert library.search(Query(terms=(WORDS,))).moments
        assert library.usage().calls_total == 2
    with opened(tmp_path, provider, dimension=128) as library:
        assert searched(library) == "twelvelabs_marengo3_5_512"
        assert library.search(Query(terms=(WORDS,))).moments
        assert library.estimate_missing().known_videos == 2
        library.embed_missing()
        library.wait(120)
        assert searched(library) == "twelvelabs_marengo3_5_128"
        assert library.search(Query(terms=(WORDS,))).moments
        assert billed_s(provider) == pytest.approx(12.0, abs=0.5)
        assert library.usage().calls_total == 3
    with opened(tmp_path, provider, model="marengo3.0") as library:
        assert searched(library) == "twelvelabs_marengo3_5_128"
        library.embed_missing()
        library.wait(120)
        assert searched(library) == "twelvelabs_marengo3_0_512"
        assert library.modalities() == ("visual", "audio", "transcription")
        assert library.search(Query(terms=(WORDS,))).moments
        report = library.rebuild()
        assert report.videos == 2
        assert library.search(Query(terms=(WORDS,))).moments
        assert billed_s(provider) == pytest.approx(24.0, abs=1.0)
    with opened(tmp_path, None) as library:
        assert library.jobs(active_only=True) == []
        assert searched(library) == "preview_v1_512"
        refused = [state.message for state in library.spaces() if not state.usable]
        assert len(refused) == 3
        assert all("TWELVE_LABS_API_KEY" in message for message in refused)
