"""Recent and saved searches on the search page."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from components.search_address import Place, SearchRequest
from components.search_labels import LONGEST_NAME, address_of, label_of, name_of, request_of, subject_of
from components.searches import MENU
from core.errors import CatalogUnavailable
from core.library_searches import LONGEST_ADDRESS
from tests.ui.conftest import component, words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


def menu(app: AppTest) -> AppTest:
    """Open the menu of searches."""
    app.session_state[MENU] = True
    app.run()
    assert not app.exception
    return app


def pressed(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def typed(app: AppTest, text: str) -> AppTest:
    app.text_input(key="q").set_value(text).run()
    assert not app.exception
    return app


def test_an_answered_search_is_remembered_once(visit: Visit, library: StandIn) -> None:
    """What was searched comes first among the recent ones, and a page drawn again notes nothing."""
    app = typed(typed(visit(q="red"), "blue"), "red")
    assert [one.address for one in library.recent_searches()] == ["q=red", "q=blue"]
    noted = library.noted
    app.run()
    assert library.noted == noted


def test_an_empty_page_and_a_failed_search_are_not_remembered(visit: Visit, library: StandIn) -> None:
    """Only a search that was answered is kept."""
    visit()
    library.fault = CatalogUnavailable("Not now.")
    visit(q="red")
    assert library.recent_searches() == []


def test_the_slider_leaves_one_search_behind(visit: Visit, library: StandIn) -> None:
    """Moving the weights or choosing a moment replaces what was remembered of the same question."""
    like = f"{library.videos()[0].id}@4.000-8.000"
    app = visit(q="blue", like=like)
    for percent in (60, 70, 80):
        app.slider(key="words").set_value(percent).run()
    (search,) = library.recent_searches()
    assert request_of(search.address).words_percent == 80
    app.query_params["at"] = f"{library.videos()[1].id}@0.000-4.000"
    app.run()
    (search,) = library.recent_searches()
    assert request_of(search.address).at is not None


def test_a_search_is_saved_under_the_name_that_was_proposed_or_typed(visit: Visit, library: StandIn) -> None:
    """The menu proposes the words as a name; saved, it says so and offers no second saving."""
    app = menu(visit(q="red", category="studies"))
    field = next(one for one in app.text_input if str(one.key).startswith("save_as_"))
    assert field.value == "red"
    field.set_value("Red ones").run()
    app = pressed(app, "save_search")
    (saved,) = library.saved_searches()
    assert (saved.name, request_of(saved.address).categories) == ("Red ones", ("studies",))
    assert "This search is saved as “Red ones”." in words(app)
    assert "save_search" not in [button.key for button in app.button]
    assert library.recent_searches() == []


def test_opening_a_search_sets_the_page_to_all_of_it(visit: Visit, library: StandIn) -> None:
    """Words, weights, sample, filters, feedback and moment become those of the search, and nothing stays."""
    red, blue = library.videos()[0], library.videos()[2]
    request = SearchRequest(
        text="blue",
        words_percent=70,
        sense="see",
        categories=("colour",),
        like=Place(red.id, 4.0, 8.0),
        less=(Place(red.id, 0.0, 4.0),),
        at=Place(blue.id, 8.0, 12.0),
    )
    saved = library.save_search(address_of(request), "Mine")
    app = menu(visit(q="green", without="people", videos=[red.id]))
    app = pressed(app, f"open_{saved.id}")
    found = {name: app.query_params[name] for name in app.query_params}
    assert address_of(request_of(urlencode(found, doseq=True))) == address_of(request)
    assert app.text_input(key="q").value == "blue"
    assert app.slider(key="words").value == 70
    cue = component(app, "player")["cue"]
    assert (cue["video_id"], cue["start_s"]) == (blue.id, 8.0)
    assert app.session_state[MENU] is False


def test_a_saved_search_is_renamed_and_removed(visit: Visit, library: StandIn) -> None:
    """Both are asked for on its line: a name is typed, and removing takes a second press."""
    saved = library.save_search("q=red", "Mine")
    app = pressed(menu(visit()), f"rename_{saved.id}_")
    app.text_input(key=f"rename_{saved.id}").set_value("Yours").run()
    app = pressed(app, f"renamed_{saved.id}")
    assert [one.name for one in library.saved_searches()] == ["Yours"]
    app = pressed(app, f"remove_{saved.id}_")
    assert [one.name for one in library.saved_searches()] == ["Yours"]
    app = pressed(app, f"keep_{saved.id}")
    app = pressed(pressed(app, f"remove_{saved.id}_"), f"remove_{saved.id}")
    assert library.saved_searches() == []
    assert "What you search for is kept here" in words(app)


def test_a_name_that_is_refused_says_why(visit: Visit, library: StandIn) -> None:
    """An empty name changes nothing, and the page says what to do."""
    saved = library.save_search("q=red", "Mine")
    app = pressed(menu(visit()), f"rename_{saved.id}_")
    app.text_input(key=f"rename_{saved.id}").set_value("  ").run()
    app = pressed(app, f"renamed_{saved.id}")
    assert "This search has no name yet" in words(app)
    assert [one.name for one in library.saved_searches()] == ["Mine"]


def test_a_recent_search_is_saved_or_removed_on_its_line(visit: Visit, library: StandIn) -> None:
    """A recent search becomes a saved one by one press, named by its words, and goes by one press."""
    library.remember_search("q=red&in=See", "red · See")
    gone = library.remember_search("q=blue", "blue")
    kept = next(one for one in library.recent_searches() if one.id != gone.id)
    app = pressed(menu(visit()), f"save_{kept.id}")
    pressed(app, f"remove_{gone.id}_")
    assert [one.name for one in library.saved_searches()] == ["red"]
    assert library.recent_searches() == []


def test_the_empty_page_offers_the_last_searches(visit: Visit, library: StandIn) -> None:
    """Without a query the last few searches are there to be asked again, the newest first."""
    for n in range(9):
        library.remember_search(f"q=word{n}", f"word{n}")
    app = visit()
    chips = [button for button in app.button if str(button.key).startswith("again_")]
    assert [chip.label for chip in chips] == [f"word{n}" for n in range(8, 2, -1)]
    chips[1].click().run()
    assert app.query_params["q"] == "word7"


def test_a_catalog_that_is_down_spoils_no_search(
    visit: Visit, library: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Results are shown where nothing can be remembered; the log and the menu say why."""
    library.memory_fault = CatalogUnavailable("The catalog does not answer.")
    app = visit(q="red")
    assert component(app, "results")["cards"]
    assert any("search.not_remembered" in record.message for record in caplog.records)
    assert "The catalog does not answer" in words(menu(app))


def test_a_search_too_long_to_be_kept_is_still_answered(visit: Visit, library: StandIn) -> None:
    """Where the address is longer than what is kept, the search goes on and nothing is remembered."""
    without = [f"{n}{'水' * 1900}" for n in range(2)]
    assert len(urlencode({"without": without}, doseq=True)) > LONGEST_ADDRESS
    app = visit(q="red", without=without)
    assert not app.error
    assert library.searches == 1
    assert library.recent_searches() == []


_PLACES = st.builds(
    lambda video, start, length: Place(video, float(start), float(start + length)),
    st.sampled_from(["a" * 32, "b" * 32]),
    st.integers(0, 3600),
    st.integers(1, 60),
)
_WORDS = st.text(max_size=300).map(lambda text: " ".join(text.split()))
_REQUESTS = st.builds(
    SearchRequest,
    text=_WORDS,
    words_percent=st.sampled_from(range(0, 101, 5)),
    categories=st.lists(_WORDS.filter(bool), max_size=3, unique=True).map(tuple),
    like=st.none() | _PLACES,
    at=st.none() | _PLACES,
    less=st.lists(_PLACES, max_size=2, unique=True).map(tuple),
    then=st.lists(_WORDS.filter(bool), max_size=2).map(tuple),
    without=st.lists(_WORDS.filter(bool), max_size=2, unique=True).map(tuple),
    anyway=st.booleans(),
    limit=st.sampled_from([20, 40]),
)


@given(_REQUESTS)
def test_labels_and_names_are_one_line_that_says_something(request: SearchRequest) -> None:
    """Whatever is asked, its label and proposed name are one line, not empty, and begin with the words."""
    label, name = label_of(request, ()), name_of(request, ())
    assert label == " ".join(label.split()) != ""
    assert name == " ".join(name.split()) != ""
    assert len(name) <= LONGEST_NAME
    assert label.startswith(request.text)


@given(_REQUESTS)
def test_an_address_asks_the_same_again(request: SearchRequest) -> None:
    """What is kept of a search opens that search."""
    assert address_of(request_of(address_of(request))) == address_of(request)


@given(_REQUESTS, _REQUESTS)
def test_a_subject_is_what_is_asked_not_how(one: SearchRequest, other: SearchRequest) -> None:
    """Two searches have one subject exactly where words, sample, steps, feedback and filters agree."""
    asked = ("text", "like", "then", "without", "less", "categories")
    same = all(getattr(one, name) == getattr(other, name) for name in asked)
    assert (subject_of(one) == subject_of(other)) is same


def test_a_weight_that_weighs_nothing_is_not_kept() -> None:
    """Without a sample the words alone count, so their weight does not make it another search."""
    assert address_of(SearchRequest(text="red", words_percent=70)) == "q=red"
    like = Place("a" * 32, 0.0, 4.0)
    assert "words=70" in address_of(SearchRequest(text="red", words_percent=70, like=like))
