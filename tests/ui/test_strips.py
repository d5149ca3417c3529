"""The strip under the player's picture: scores of one video, asked for once, and no page breaks without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.strips import strip_of
from core.errors import EngineUnavailable, IndexUnavailable, NotFound
from core.model import Like, Query, Segment, Text, Then
from tests.ui.conftest import component
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


@pytest.fixture
def asked(library: StandIn, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of the videos whose scores the pages have asked for, one an asking."""
    told: list[str] = []
    answer = library.relevance

    def counting(query: Query, video_id: str) -> list[tuple[Segment, float]]:
        told.append(video_id)
        return answer(query, video_id)

    monkeypatch.setattr(library, "relevance", counting)
    return told


def strip(app: AppTest) -> dict[str, Any]:
    found = component(app, "player")["strip"]
    assert isinstance(found, dict)
    return found


def refuse(library: StandIn, monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    def raising(*_: Any) -> None:
        raise error

    monkeypatch.setattr(library, name, raising)


def test_the_strip_has_the_videos_scores_and_what_was_found(
    library: StandIn, visit: Visit, asked: list[str]
) -> None:
    """Bars are the scores of every segment of the video in the player, hits lie inside it."""
    app = visit(q="red")
    shown = component(app, "player")["cue"]["video_id"]
    duration_s = library.video(shown).duration_s
    assert strip(app)["video_id"] == shown
    assert strip(app)["bars"] == [
        [segment.start_s, segment.end_s, score]
        for segment, score in library.relevance(Query((Text("red"),)), shown)
    ]
    assert strip(app)["hits"]
    assert all(0 <= start < end <= duration_s for start, end in strip(app)["hits"])


def test_the_scores_are_asked_for_once(visit: Visit, asked: list[str]) -> None:
    """However often a page is drawn again, its question is scored once; another question anew."""
    app = visit(q="red")
    before = strip(app)
    for _ in range(4):
        app.run()
    assert len(asked) == 1
    assert strip(app) == before
    app.query_params["q"] = "green"
    app.run()
    assert len(asked) == 2
    assert asked[0] != asked[1]


@pytest.mark.parametrize(
    "error", [EngineUnavailable("The engine does not answer."), IndexUnavailable("The index is busy.")]
)
def test_without_scores_the_player_works(
    library: StandIn, visit: Visit, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Where a video cannot be scored now there are no bars and no hits, and the page is whole."""
    refuse(library, monkeypatch, "relevance", error)
    app = visit(q="red")
    assert not app.exception
    assert component(app, "player")["cue"] is not None
    assert strip(app)["film"] is not None
    assert (strip(app)["bars"], strip(app)["hits"]) == ([], [])


def test_scores_come_once_they_can_be_had(
    library: StandIn, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is not kept: the next time the page is drawn it asks again."""
    with monkeypatch.context() as down:
        refuse(library, down, "relevance", EngineUnavailable("The engine does not answer."))
        app = visit(q="red")
        assert strip(app)["bars"] == []
    app.run()
    assert strip(app)["bars"]


def test_neither_scores_nor_pictures_is_no_strip(
    library: StandIn, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the index is down and small pictures are refused, the player has its plain bar."""
    refuse(library, monkeypatch, "relevance", EngineUnavailable("The engine does not answer."))
    refuse(library, monkeypatch, "sprites", NotFound("These pictures are gone."))
    app = visit(q="red")
    assert not app.exception
    assert component(app, "player")["strip"] is None


def test_without_a_question_there_are_pictures_only(library: StandIn, visit: Visit, asked: list[str]) -> None:
    """A page that asks nothing scores nothing."""
    video = library.videos()[0]
    app = visit("browse.py", video=video.id)
    strip = component(app, f"player_{video.id}")["strip"]
    assert strip["bars"] == []
    assert strip["film"] is not None
    assert asked == []


@pytest.mark.parametrize(
    ("query", "label"),
    [
        (Query((Text("red"),)), "How well each part matches “red”"),
        (Query((Text("red"), Text("night", 0.5))), "How well each part matches “red, night”"),
        (Query((Text("red"), Text("night", -0.5))), "How well each part matches “red”"),
        (
            Query((Text("red"),), then=(Then((Text("night"),)), Then((Text("sand"),)))),
            "How well each part matches “red then night then sand”",
        ),
        (Query((Like("0" * 32, 0.0, 4.0),)), "How well each part matches"),
    ],
)
def test_the_label_tells_what_was_asked(library: StandIn, query: Query, label: str) -> None:
    """It names the words that are looked for: not those that push away, and "then" only between steps."""
    found = strip_of(library, library.videos()[0], query, ())  # type: ignore[arg-type]  # a stand-in
    assert found is not None
    assert found.label == label


def test_a_sequence_is_scored_as_it_was_asked(library: StandIn, visit: Visit, asked: list[str]) -> None:
    """The question that scores a video is the whole one, with every step of it."""
    app = visit(q="red", then="night")
    assert len(asked) == 1
    assert [term.text for term in library.last_query.all_terms if isinstance(term, Text)] == ["red", "night"]
    assert strip(app)["bars"]
