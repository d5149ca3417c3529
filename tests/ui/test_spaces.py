"""Spaces and engines on the status and search pages, run without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import (
    EngineBusy,
    EngineLimitReached,
    EngineRefused,
    EngineUnauthorized,
    EngineUnavailable,
    SpaceMismatch,
)
from tests.ui.conftest import words
from tests.ui.engine_stand_in import NO_KEY, PREVIEW_SPACE, SOME_USE
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]
Links = list[str]


def links(app: AppTest) -> Links:
    """Return the labels of the page links on a page."""
    return [element.proto.label for element in app.main if element.type == "page_link"]


def test_a_space_that_is_not_full_is_offered_with_its_price(visit: Visit, library: StandIn) -> None:
    """The guided way names both counts, minutes and price, and its button embeds what is missing."""
    library.marengo(videos=3, missing=9)
    app = visit("status.py")
    assert "Marengo 3.5 has 3 of 12 videos. Embedding the other 9: 84.5 minutes" in words(app)
    assert app.button(key="embed_missing").label == "Embed 9 videos"
    app.button(key="embed_missing").click().run()
    assert ("embed_missing", False) in library.calls


def test_what_is_on_its_way_is_not_offered_again(visit: Visit, library: StandIn) -> None:
    """While the missing videos are being embedded, the page says so and has no button to pay twice."""
    library.marengo(videos=4, missing=1)
    library.job(library.videos()[0], "embedding")
    app = visit("status.py")
    assert "1 video is on the way." in words(app)
    assert "embed_missing" not in {button.key for button in app.button}


def test_an_old_space_is_removed_only_after_a_question(visit: Visit, library: StandIn) -> None:
    """Rows of a space that nobody searches can be removed, after a question; a searched one's cannot."""
    drop = f"drop_{PREVIEW_SPACE.key}"
    library.marengo(videos=3, missing=9)
    assert drop not in {button.key for button in visit("status.py").button}
    library.marengo(videos=12)
    app = visit("status.py")
    app.button(key=drop).click().run()
    assert "Remove the rows of **The preview engine** from the search index?" in words(app)
    assert library.calls == []
    app.button(key="drop_confirmed").click().run()
    assert library.calls == [("drop_space", PREVIEW_SPACE.key)]


def test_searching_another_space_is_said(visit: Visit, library: StandIn) -> None:
    """The search page says which index is searched while the chosen one is filled, and only then."""
    library.marengo(videos=3, missing=9)
    app = visit(q="red")
    assert (
        "You are searching the preview engine's index (12 videos) while Marengo 3.5 is being filled: 3 of 12."
    ) in words(app)
    assert "How to go on" in links(app)
    library.marengo(videos=12)
    assert "You are searching" not in words(visit(q="red"))


def test_a_missing_key_is_explained(visit: Visit, library: StandIn) -> None:
    """Without a key the page says where to get one and where to write it."""
    library.marengo()
    assert "playground.twelvelabs.io" not in words(visit("status.py"))
    library.engine = NO_KEY
    text = words(visit("status.py"))
    assert NO_KEY.message in text
    assert "playground.twelvelabs.io" in text
    assert "TWELVE_LABS_API_KEY=" in text


def test_use_and_its_ceiling_are_shown(visit: Visit, library: StandIn) -> None:
    """Minutes, calls and price are on the page, with the ceiling where there is one."""
    assert "Nothing that costs money" in words(visit("status.py"))
    library.used = SOME_USE
    text = words(visit("status.py"))
    for part in ("44.5 of 60 minutes a day", "310.2", "57", "about 12.41 USD"):
        assert part in text


@pytest.mark.parametrize(
    ("has", "offered"),
    [
        (("visual", "audio"), ["All", "See", "Hear"]),
        (("visual", "audio", "transcription"), ["All", "See", "Hear", "Said"]),
        (("visual", "audio", "fused"), ["All", "See", "Hear", "Fused"]),
        (("visual",), ["All"]),
    ],
)
def test_only_what_the_engine_has_is_offered(
    visit: Visit, library: StandIn, has: tuple[str, ...], offered: list[str]
) -> None:
    """Where to search follows the engine: nothing is offered that it does not embed."""
    library.senses = has  # type: ignore[assignment]  # parametrised as plain text
    assert visit(q="red").button_group(key="in").options == offered


def test_speech_belongs_to_what_is_heard(visit: Visit, library: StandIn) -> None:
    """Hearing includes speech where the engine has it apart, and what is said can be asked for alone."""
    library.senses = ("visual", "audio", "transcription")
    visit(q="red", **{"in": "Hear"})
    assert library.queries[-1].modalities == ("audio", "transcription")
    visit(q="red", **{"in": "Said"})
    assert library.queries[-1].modalities == ("transcription",)


def test_the_engine_combines_only_what_it_can(visit: Visit, library: StandIn) -> None:
    """Words and an upload can be left to the engine, which hides the slider; words and a moment cannot."""
    sample = library.keep_sample("a.png", b"picture")
    red = library.videos()[0]
    assert not visit(q="red", sample=sample).toggle
    library.combines = True
    assert not visit(q="red", like=f"{red.id}@0.000-4.000", together="true").toggle
    assert not library.queries[-1].together
    app = visit(q="red", sample=sample)
    assert app.slider(key="words")
    app.toggle(key="together").set_value(True).run()
    assert library.queries[-1].together
    assert not app.slider
    assert visit(q="red", sample=sample, together="true").toggle(key="together").value


@pytest.mark.parametrize(
    "kind",
    [EngineUnauthorized, EngineUnavailable, EngineBusy, EngineLimitReached, EngineRefused, SpaceMismatch],
)
def test_what_the_engine_says_leads_to_the_status_page(
    visit: Visit, library: StandIn, kind: type[Exception]
) -> None:
    """Each fault of the engine is its own sentence, with the way to the page that says more."""
    library.fault = kind("This is what happened. Do that.")
    app = visit(q="red")
    assert [error.value.replace("\\", "") for error in app.error] == ["This is what happened. Do that."]
    assert "Status" in links(app)


def test_what_the_searched_space_lacks_is_said(visit: Visit, library: StandIn) -> None:
    """Where the chosen space is searched before it is full, the page says how many videos it has."""
    library.marengo(videos=4, missing=4)
    library.told_spaces = [
        replace(one, searched=one.chosen, videos=4, missing=4) for one in library.told_spaces
    ]
    assert "Marengo 3.5 has 4 of 8 videos; the others are not found." in words(visit(q="red"))
    app = visit("status.py")
    app.button(key=f"drop_{PREVIEW_SPACE.key}").click().run()
    assert "4 videos are not in the chosen space yet. Embed them first." in words(app)
