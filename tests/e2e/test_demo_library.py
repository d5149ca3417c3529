"""A library that holds nothing but the demo clips answers the words that a presenter would type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.config import Settings
from core.demo.catalogue import demo_clips
from core.library import Library, open_library
from core.model import Query, Text
from tests.e2e.made_once import DemoLibrary

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library(demo: DemoLibrary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with the demo clips, all of them indexed by the preview engine."""
    data = demo.copied(tmp_path_factory.mktemp("demo") / "data")
    with open_library(Settings(_env_file=None, data_dir=data, engine="preview")) as opened:
        yield opened


def test_all_demo_clips_become_ready(library: Library) -> None:
    """Every clip is indexed, and what the catalogue says of it is known."""
    videos = {video.title: video for video in library.videos()}
    assert set(videos) == {clip.title for clip in demo_clips()}
    for clip in demo_clips():
        video = videos[clip.title]
        assert (video.status, video.category, video.tags) == ("ready", clip.category, clip.tags)
        assert video.recorded_at == clip.recorded_at
        assert video.has_subtitles
        assert video.media.playable


def test_adding_them_again_changes_nothing(library: Library) -> None:
    """Clips that are there are not drawn a second time."""
    before = library.videos()
    assert all(one.known for one in library.add_demo())
    assert library.videos() == before


@pytest.mark.parametrize(
    ("words", "title", "at_s"),
    [
        ("red car", "City traffic", 10),
        ("fire", "Campfire", 14),
        ("night", "Harbour at night", 8),
        ("sky", "Alpine morning", 5),
        ("grass", "Alpine morning", 14),
        ("music", "Alpine morning", 12),
        ("silence", "Studio test", 16),
        ("fast", "City traffic", 15),
        ("green", "Studio test", 16),
        ("thunder", "Storm over the fields", 11),
        ("taxi", "City traffic", 15),
    ],
)
def test_a_word_finds_its_scene_first(library: Library, words: str, title: str, at_s: float) -> None:
    """The best moment for a word lies in the scene that was drawn for it."""
    results = library.search(Query(terms=(Text(words),), limit=3))
    best = results.moments[0]
    assert library.video(best.video_id).title == title
    assert best.start_s <= at_s <= best.end_s
