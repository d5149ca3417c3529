"""The query bar: every part of a search is on the page, can be taken away, and is in the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.model import Like, Text, Then
from tests.ui.conftest import words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


def written(label: str) -> str:
    """Return a label as it is read: what would be Markdown is escaped in it."""
    return label.replace("\\", "")


def labels(app: AppTest) -> list[str]:
    """Return what the chips say."""
    return [written(button.label) for button in app.button if str(button.key).startswith("chip_")]


def press(app: AppTest, label: str) -> AppTest:
    """Press the chip that begins so."""
    (chip,) = [b for b in app.button if str(b.key).startswith("chip_") and label in written(b.label)]
    chip.click().run()
    assert not app.exception
    return app


def typed(app: AppTest, text: str) -> AppTest:
    app.text_input(key="q").set_value(text).run()
    assert not app.exception
    return app


def test_what_is_excluded_in_the_words_becomes_a_chip(visit: Visit, library: StandIn) -> None:
    """“without” and a minus are terms of their own, taken away by their chips; the words stay."""
    app = typed(visit(), "blue without night -red")
    assert app.text_input(key="q").value == "blue"
    assert app.query_params["without"] == ["night", "red"]
    assert [label for label in labels(app) if "Without" in label] == ["Without night", "Without red"]
    assert library.queries[-1].terms == (Text("blue", 1.0), Text("night", -1.0), Text("red", -1.0))
    press(app, "Without night")
    assert library.queries[-1].terms == (Text("blue", 1.0), Text("red", -1.0))
    press(app, "Without red")
    assert "without" not in app.query_params
    assert app.text_input(key="q").value == "blue"


def test_words_that_follow_each_other_become_steps(visit: Visit, library: StandIn) -> None:
    """“, then” makes steps, with the seconds that are named; removing the last one leaves plain words."""
    app = typed(visit(), "blue, then red within 20 s")
    assert app.query_params["then"] == "red"
    assert library.queries[-1].then == (Then((Text("red", 1.0),), 20.0),)
    app.number_input(key="within_box").set_value(5.0).run()
    assert library.queries[-1].then[0].within_s == 5.0
    app.button(key="step_remove_0").click().run()
    assert library.queries[-1].then == ()
    assert "then" not in app.query_params
    assert app.text_input(key="q").value == "blue"


def test_a_step_can_be_added_by_a_button(visit: Visit, library: StandIn) -> None:
    """An empty step asks nothing; what is written into it follows the words."""
    app = visit(q="blue")
    app.button(key="step_add").click().run()
    assert library.queries[-1].then == ()
    app.text_input(key="step_words_0").set_value("red").run()
    assert library.queries[-1].then == (Then((Text("red", 1.0),), 10.0),)


def test_feedback_is_a_chip_for_each_moment(visit: Visit, library: StandIn) -> None:
    """Moments to find more and less of are terms with chips that name video and time; a press removes one."""
    red, blue = library.videos()[0], library.videos()[2]
    app = visit(
        q="blue", more=f"{blue.id}@0.000-4.000", less=[f"{red.id}@4.000-8.000", f"{red.id}@8.000-12.000"]
    )
    shown = labels(app)
    assert [label for label in shown if "More like" in label and blue.title in label and "0:00" in label]
    assert len([label for label in shown if "Less like" in label and red.title in label]) == 2
    terms = library.queries[-1].terms
    assert terms[:2] == (Text("blue", 1.0), Like(blue.id, 0.0, 4.0, 0.5))
    assert [type(term) for term in terms[2:]] == [Like, Like]
    assert all(term.weight < 0 for term in terms[2:])
    press(app, f"Less like {red.title} 0:04")
    assert app.query_params["less"] == f"{red.id}@8.000-12.000"
    assert len(library.queries[-1].terms) == 3


def test_more_like_this_alone_is_a_search(visit: Visit, library: StandIn) -> None:
    """A moment to find more of needs no words; one to find less of alone asks for something to look for."""
    blue = library.videos()[2]
    visit(more=f"{blue.id}@0.000-4.000")
    assert library.queries[-1].terms == (Like(blue.id, 0.0, 4.0, 0.5),)
    before = library.searches
    assert "only says what to leave out" in words(visit(less=f"{blue.id}@0.000-4.000"))
    assert library.searches == before


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"category": "colour"}, "categories", ("colour",)),
        ({"last_days": "7"}, "last_days", 7),
    ],
)
def test_an_active_filter_is_a_chip(
    visit: Visit, library: StandIn, given: dict[str, str], field: str, value: Any
) -> None:
    """A filter of the address is asked for, counted on the button, and taken away by its chip."""
    app = visit(q="blue", **given)  # type: ignore[arg-type]  # pytest's parameters are plain dictionaries
    assert getattr(library.queries[-1].filters, field) == value
    (label,) = labels(app)
    press(app, label)
    assert library.queries[-1].filters.empty
    assert not set(given) & set(app.query_params)


def test_everything_but_the_words_can_be_cleared_at_once(visit: Visit, library: StandIn) -> None:
    """One press takes away sample, feedback, exclusions and filters, and leaves the words."""
    red = library.videos()[0]
    place = f"{red.id}@4.000-8.000"
    app = visit(q="blue", without="night", like=place, less=place, category="colour", last_days="30")
    app.button(key="chips_clear").click().run()
    assert not app.exception
    assert set(app.query_params) == {"q"}
    assert library.queries[-1].terms == (Text("blue", 1.0),)


def test_the_default_of_a_control_is_what_the_address_says(visit: Visit, library: StandIn) -> None:
    """Before the browser hears a control's value it shows, and may report, its default: that is the same."""
    red = library.videos()[0]
    asked = {
        "q": "blue",
        "then": "night",
        "within": "12",
        "like": f"{red.id}@4.000-8.000",
        "words": "70",
        "in": "See",
        "view": "videos",
        "category": "colour",
        "last_days": "30",
        "recorded_from": "2026-01-02",
        "min_s": "3",
    }
    app = visit(**asked)
    app.session_state["filters"] = True
    app.run()
    assert not app.exception
    defaults = {
        control.key: control.proto.default
        for kind in ("text_input", "number_input", "slider", "selectbox", "multiselect", "date_input")
        for control in getattr(app, kind)
    }
    days = list(app.selectbox(key="last_days_filter").options)
    assert days[defaults["last_days_filter"]] == app.selectbox(key="last_days_filter").format_func(30)
    assert (
        defaults.items()
        >= {
            "q": "blue",
            "step_words_0": "night",
            "within_box": 12.0,
            "words": [70.0],
            "category_filter": [0],
            "recorded_from_filter": ["2026-01-02"],
            "min_s_filter": 3.0,
        }.items()
    )


def test_filters_are_drawn_when_they_are_open(visit: Visit, library: StandIn) -> None:
    """Closed, the filters cost a search none of their controls; what they filter by counts all the same."""
    app = visit(q="blue", category=library.videos()[0].category)
    drawn = {one.key for one in app.multiselect}
    assert "category_filter" not in drawn
    assert library.queries[-1].filters.categories == ("colour",)
    app.session_state["filters"] = True
    app.run()
    assert app.multiselect(key="category_filter").value == ["colour"]
