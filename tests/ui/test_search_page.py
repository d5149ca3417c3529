"""The search page's states, run without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from components import host
from core.errors import CuepointError, EngineUnavailable, IndexUnavailable
from tests.ui.conftest import component, has_component, words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


def test_an_empty_library_offers_demo_clips_and_the_way_to_add(visit: Visit) -> None:
    """Without videos the page offers demo clips, and a press of that button fills the library."""
    app = visit()
    assert "Your library is empty" in words(app)
    app.button(key="demo").click().run()
    assert not app.exception
    assert "What are you looking for?" in words(app)


def test_an_empty_query_offers_examples(visit: Visit, library: StandIn) -> None:
    """Without a query the page offers words of every group of the vocabulary, and searches nothing."""
    app = visit()
    assert {"example_red", "example_night"} <= {button.key for button in app.button}
    assert library.searches == 0
    app.button(key="example_night").click().run()
    assert app.query_params["q"] == "night"
    assert component(app, "results")["cards"][0]["cue"]["title"] == "Night study"


def test_a_link_opens_the_same_search(visit: Visit, library: StandIn) -> None:
    """Query, place, filters and sample of an address are what is searched."""
    red, blue = library.videos()[0], library.videos()[2]
    app = visit(q="blue", **{"in": "See"}, words="70", like=f"{red.id}@4.000-8.000", videos=[red.id, blue.id])
    assert app.text_input(key="q").value == "blue"
    assert app.slider(key="words").value == 70
    assert "words 70 % · clip 30 %" in words(app)
    cards = component(app, "results")["cards"]
    assert {card["cue"]["video_id"] for card in cards} == {red.id, blue.id}
    assert library.queries[-1].modalities == ("visual",)


def test_the_chosen_moment_of_a_link_is_cued(visit: Visit, library: StandIn) -> None:
    """The moment that an address names is what the player is given, not the best result."""
    blue = library.videos()[2]
    app = visit(q="red", at=f"{blue.id}@8.000-12.000")
    cue = component(app, "player")["cue"]
    assert (cue["video_id"], cue["start_s"], cue["end_s"], cue["auto"]) == (blue.id, 8.0, 12.0, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", "nonsense"),
        ("at", "x@5-2"),
        ("like", "../../etc@0-1"),
        ("n", "-3"),
        ("n", "9999999"),
        ("words", "many"),
        ("in", "Smell"),
        ("category", "none such"),
        ("videos", "none-such"),
    ],
)
def test_a_broken_address_is_still_a_page(visit: Visit, library: StandIn, name: str, value: str) -> None:
    """Whatever an address says, the page shows what can be understood of it."""
    app = visit(q="red", **{name: value})
    assert not app.error
    assert component(app, "results")["cards"]


def test_words_that_match_nothing_say_so(visit: Visit, library: StandIn) -> None:
    """Where no match is good the results stay hidden until they are asked for."""
    app = visit(q="zeppelin")
    assert "Nothing here matches well" in words(app)
    data = component(app, "results")
    assert data["cards"] == []
    assert {"kind": "ignored", "text": "zeppelin"} in data["chips"]
    assert component(app, "player")["cue"] is None
    app.button(key="anyway_button").click().run()
    assert component(app, "results")["cards"]
    assert app.query_params["anyway"] == "1"


@pytest.mark.parametrize(
    "fault", [EngineUnavailable("The engine sleeps. Try again."), IndexUnavailable("No index.")]
)
def test_what_is_down_is_told_in_one_sentence(visit: Visit, library: StandIn, fault: Exception) -> None:
    """A store or engine that is down gets its own sentence, and the player stays on the page."""
    library.fault = fault
    app = visit(q="red")
    assert [error.value.replace("\\", "") for error in app.error] == [str(fault)]
    assert has_component(app, "player")
    library.fault = None
    app.button(key=f"again_{type(fault).__name__}").click().run()
    assert component(app, "results")["cards"]


def test_an_unforeseen_error_has_an_id_that_the_log_knows(
    visit: Visit, library: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug shows a sentence with an id; the log has the same id and the traceback."""
    library.fault = ZeroDivisionError("secret detail")
    app = visit(q="red")
    sentence = app.error[0].value
    assert "secret detail" not in sentence
    record = next(record for record in caplog.records if "page.failed" in record.message)
    error_id = record.message.split("id=")[1].split()[0]
    assert error_id in sentence
    assert record.exc_info is not None


@pytest.mark.parametrize("page", ["search.py", "library.py", "browse.py", "status.py"])
def test_without_a_library_every_page_says_why(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """Where the library could not be opened each page shows the reason, and nothing else breaks."""
    monkeypatch.setattr(host, "_problem", "")
    host.set_library(None)
    host.set_problem(CuepointError("The data folder is in use by another Cuepoint."))
    app = visit(page)
    assert [error.value.replace("\\", "") for error in app.error] == [
        "The data folder is in use by another Cuepoint."
    ]


def test_indexing_is_mentioned_while_it_lasts(visit: Visit, library: StandIn) -> None:
    """While videos are being indexed the page says how many."""
    library.job(library.videos()[0], "embedding", progress=0.5)
    library.job(library.videos()[1], "queued")
    assert "2 videos are still being indexed" in words(visit(q="red"))
    library.finish_jobs()
    assert "still being indexed" not in words(visit(q="red"))


def test_the_page_searches_once(visit: Visit, library: StandIn) -> None:
    """Drawing the page again searches nothing; a changed library does."""
    app = visit(q="red")
    app.run()
    app.run()
    assert library.searches == 1
    video = library.videos()[0]
    library.change(replace(video, segment_count=video.segment_count + 1))
    app.run()
    assert library.searches == 2


def test_a_sample_that_is_gone_says_so(visit: Visit, library: StandIn) -> None:
    """A link whose uploaded sample is no longer kept says what to do."""
    app = visit(sample="0" * 32)
    assert "The sample of this search is no longer here. Add it again." in words(app)


def test_only_the_weight_of_what_is_there_counts(visit: Visit, library: StandIn) -> None:
    """Words or a sample alone have the whole weight; at either end of the slider the other is left out."""
    red = library.videos()[0]
    visit(q="red")
    assert [term.weight for term in library.queries[-1].terms] == [1.0]
    visit(like=f"{red.id}@0.000-4.000")
    assert [term.weight for term in library.queries[-1].terms] == [1.0]
    visit(q="red", words="25", like=f"{red.id}@0.000-4.000")
    assert [term.weight for term in library.queries[-1].terms] == [0.25, 0.75]
    visit(q="red", words="0", like=f"{red.id}@0.000-4.000")
    assert [type(term).__name__ for term in library.queries[-1].terms] == ["Like"]


def test_more_results_on_demand(visit: Visit, library: StandIn) -> None:
    """A full page of results offers more, and the address keeps how many are shown."""
    app = visit(q="red", n="3")
    assert len(component(app, "results")["cards"]) == 3
    app.button(key="more_results").click().run()
    assert app.query_params["n"] == "23"
    assert len(component(app, "results")["cards"]) == 10
