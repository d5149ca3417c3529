"""The watch page's states, run without a browser."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from components.timeline import timeline_figure
from core.errors import EngineUnavailable
from core.model import Segment
from tests.ui.conftest import component, words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


def test_without_a_video_all_are_offered(visit: Visit, library: StandIn) -> None:
    """The page without a video is a wall of all of them, found by title."""
    app = visit("browse.py")
    assert len(component(app, "watch_wall")["tiles"]) == 5
    app.text_input(key="watch_words").set_value("nig").run()
    assert [tile["title"] for tile in component(app, "watch_wall")["tiles"]] == ["Night study"]


def test_an_empty_library_leads_to_the_library_page(visit: Visit) -> None:
    """Without videos the page says so, and where to add some."""
    assert "There are no videos yet." in words(visit("browse.py"))


def test_a_video_that_is_gone_says_so(visit: Visit, library: StandIn) -> None:
    """A link to a deleted video is one sentence."""
    assert "This video is no longer in the library." in words(visit("browse.py", video="gone"))


def test_a_video_shows_its_segments_and_facts(visit: Visit, library: StandIn) -> None:
    """A video has its whole length in the player, a picture for every segment, and its facts."""
    video = library.videos()[4]
    app = visit("browse.py", video=video.id)
    cue = component(app, f"player_{video.id}")["cue"]
    assert (cue["start_s"], cue["end_s"]) == (0.0, video.duration_s)
    tiles = component(app, f"segments_{video.id}")["tiles"]
    assert [tile["below"] for tile in tiles][:2] == ["00:00:00:00", "00:00:04:00"]
    assert "320 × 180, 25 frames a second" in words(app)


def test_searching_inside_marks_the_segments(visit: Visit, library: StandIn) -> None:
    """A query inside a video puts its score on every segment."""
    video = library.videos()[4]
    app = visit("browse.py", video=video.id, inside="red")
    levels = [tile["level"] for tile in component(app, f"segments_{video.id}")["tiles"]]
    assert levels == [score for _, score in library.relevance(library.last_query, video.id)]


def test_a_failing_engine_leaves_the_player(visit: Visit, library: StandIn) -> None:
    """Where the search inside fails, the sentence is shown and the video can still be watched."""
    library.fault = EngineUnavailable("The engine sleeps. Try again.")
    video = library.videos()[0]
    app = visit("browse.py", video=video.id, inside="red")
    assert "The engine sleeps." in words(app)
    assert component(app, f"player_{video.id}")["cue"]["video_id"] == video.id


def test_the_timeline_says_what_it_shows() -> None:
    """The title names the query as text, the axis counts time, and a bar is as wide as its segment."""
    scored = [(Segment(0, 10), 0.2), (Segment(10, 70), 1.1), (Segment(70, 75), -0.1)]
    figure = timeline_figure(scored, duration_s=75, query="<b>red</b>")
    assert figure.layout.title.text == "How well each segment matches “&lt;b&gt;red&lt;/b&gt;”"
    assert figure.layout.xaxis.title.text == "time"
    assert list(figure.layout.xaxis.ticktext[:3]) == ["0:00", "0:10", "0:20"]
    bars = figure.data[0]
    assert list(bars.x) == [5, 40, 72.5]
    for width, (segment, _) in zip(bars.width, scored, strict=True):
        assert 0.9 * segment.duration_s < width <= segment.duration_s
    assert figure.layout.yaxis.range[0] <= -0.1
    assert timeline_figure(scored, duration_s=75, query=None).layout.title.text == "Segments of this video"
