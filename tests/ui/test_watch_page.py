"""The watch page's states, run without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from components.elsewhere import MOST, find_elsewhere, meant_place
from components.filmstrip import strip_data
from components.search_address import Place
from core.errors import EngineUnavailable, MediaMissing
from core.model import Filters, Like, Moment, Query, Results, Segment
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
    """Without videos the page says so and where to add some, and offers no field that can find nothing."""
    app = visit("browse.py")
    assert "There are no videos yet." in words(app)
    assert not app.text_input


def test_a_video_that_is_gone_says_so(visit: Visit, library: StandIn) -> None:
    """A link to a deleted video is one sentence."""
    assert "This video is no longer in the library." in words(visit("browse.py", video="gone"))


def test_a_video_shows_its_segments_and_facts(visit: Visit, library: StandIn) -> None:
    """A video has its whole length in the player, every segment in the filmstrip, and its facts."""
    video = library.videos()[4]
    app = visit("browse.py", video=video.id)
    cue = component(app, f"player_{video.id}")["cue"]
    assert (cue["start_s"], cue["end_s"]) == (0.0, video.duration_s)
    strip = component(app, f"segments_{video.id}")
    assert [told[:2] for told in strip["segments"]] == [
        [one.start_s, one.end_s] for one in library.segments(video.id)
    ]
    assert "320 × 180, 25 frames a second" in words(app)


def test_searching_inside_marks_the_segments(visit: Visit, library: StandIn) -> None:
    """A query inside a video puts its score on every segment, and marks those that match."""
    video = library.videos()[4]
    app = visit("browse.py", video=video.id, inside="red")
    told = component(app, f"segments_{video.id}")["segments"]
    scores = [score for _, score in library.relevance(library.last_query, video.id)]
    assert [one[2] for one in told] == scores
    assert [one[3] for one in told] == [score >= 0.5 for score in scores]
    assert any(one[3] for one in told)
    assert not all(one[3] for one in told)
    assert "7 segments in order of time, 2 matches" in words(app)


def test_a_failing_engine_leaves_player_and_segments(visit: Visit, library: StandIn) -> None:
    """Where the search inside fails, the sentence is shown and the video can still be watched."""
    library.fault = EngineUnavailable("The engine sleeps. Try again.")
    video = library.videos()[0]
    app = visit("browse.py", video=video.id, inside="red")
    assert "The engine sleeps." in words(app)
    assert component(app, f"player_{video.id}")["cue"]["video_id"] == video.id
    assert component(app, f"segments_{video.id}")["segments"]


def test_a_missing_file_is_said_with_the_way_out(
    visit: Visit, library: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the video's file is gone, the page says so, and what is known of the video stays."""

    def gone(video_id: str) -> None:
        raise MediaMissing("The file of “Red study” is no longer where it was. Put it back.")

    video = library.videos()[0]
    assert not visit("browse.py", video=video.id).warning
    monkeypatch.setattr(library, "source_path", gone)
    app = visit("browse.py", video=video.id)
    assert "no longer where it was" in words(app)
    assert [link.proto.label for link in app.get("page_link")][-2:].count("Find it on the Library page") == 1
    assert component(app, f"segments_{video.id}")["segments"]


def test_a_moment_of_another_video_plays_on_this_page(visit: Visit, library: StandIn) -> None:
    """What is alike elsewhere plays in the same monitor; a link to such a page opens the same again."""
    here, there = library.videos()[4], library.videos()[0]
    app = visit("browse.py", video=here.id, at=f"{there.id}@4.000-8.000")
    cue = component(app, f"player_{here.id}")["cue"]
    assert (cue["video_id"], cue["start_s"]) == (there.id, 4.0)
    app = visit("browse.py", video=here.id, at="gone@4.000-8.000")
    assert component(app, f"player_{here.id}")["cue"]["video_id"] == here.id


def test_a_filmstrip_asks_for_sheets_not_for_stills(library: StandIn) -> None:
    """With sheets no segment has a link of its own, so a long film costs no more than its sheets."""
    video = library.videos()[4]
    long = [(Segment(6.0 * n, 6.0 * n + 6), 0.0) for n in range(600)]
    data = strip_data(library, video, long, ())  # type: ignore[arg-type]  # has the façade's names
    assert data["images"] is None
    assert len(data["film"]["sheets"]) == 1
    library.sprites_made = False
    data = strip_data(library, video, long, ())  # type: ignore[arg-type]  # has the façade's names
    assert data["film"] is None
    assert len(data["images"]) == 600


def test_what_is_meant_by_this(library: StandIn) -> None:
    """“Like this” is the moment in the player; of the whole video it is the segment at the playhead."""
    video = library.videos()[4]
    segments = library.segments(video.id)

    def told(video_id: str | None, start_s: float, end_s: float, at_s: float) -> Place:
        return meant_place(
            video, segments, {"video_id": video_id, "start_s": start_s, "end_s": end_s, "at_s": at_s}
        )

    assert told(video.id, 4, 8, 20) == Place(video.id, 4, 8)
    assert told("another", 4, 8, 20) == Place("another", 4, 8)
    assert told(video.id, 0, video.duration_s, 21.5) == Place(video.id, 20, 24)
    assert told(None, 0, 0, 0) == Place(video.id, 0, 4)


def test_elsewhere_is_other_videos_only(library: StandIn) -> None:
    """Moments of the video itself are dropped, what is folded under them in other videos is not.

    No filter names the other videos: with thousands of them that would cost more than the search.
    """
    own, others = library.videos()[0], library.videos()[1:]

    def moment(video_id: str, start_s: float = 0.0) -> Moment:
        return Moment(video_id, start_s, start_s + 4, 1.0, "strong", ())

    asked: list[Query] = []

    class Answers:
        def search(self, query: Query) -> Results:
            asked.append(query)
            repeated = replace(moment(own.id), similar=(moment(others[0].id), moment(own.id, 8)))
            rest = [moment(video.id, 4.0 * n) for n in range(5) for video in others]
            return Results((repeated, moment(own.id, 4), *rest)[: query.limit], (), good_match=True)

    found = find_elsewhere(Answers(), Place(own.id, 0, 4))  # type: ignore[arg-type]  # only searches
    assert [one.video_id for one in found[:2]] == [others[0].id, others[0].id]
    assert own.id not in {one.video_id for one in found}
    assert len(found) == MOST
    assert asked[0].terms == (Like(own.id, 0, 4),)
    assert asked[0].filters == Filters()
