"""The query bar: words, steps, a sample, feedback, filters; all of it lives in the page's address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.chips import chip
from components.copy_link import copy_link
from components.faults import action
from components.feedback import feedback_chips
from components.filter_chips import active_filters, filter_chips
from components.filters import filters_button, known_filters
from components.frame import quiet
from components.phrasing import Phrase, understand
from components.sample_picker import sample_chip, sample_picker
from components.search_address import EVEN, FILTERS, SearchRequest
from components.search_parameters import asked_anew, current_request, follow, forget, write
from components.searches import searches_menu
from components.senses import SENSE_MEANINGS, SENSE_NAMES, senses_of
from components.shortcuts import slash_focuses
from components.steps import focus_wanted, step_button, steps_line, write_within

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from core.library import Library
    from core.model import Video

QUERY_KEY: Final = "q"
_SENSE_KEY: Final = "in"
_WORDS_KEY: Final = "words"
_TOGETHER_KEY: Final = "together"


@dataclass(frozen=True, slots=True)
class QueryBar:
    """What the bar asks for, and the place in it where the effective weights are written."""

    request: SearchRequest
    weights: DeltaGenerator


def query_bar(library: Library, videos: Sequence[Video]) -> QueryBar:
    """Draw the bar; return what the address asks, without filters that nothing can satisfy."""
    _take_apart(current_request().text)
    request = known_filters(current_request(), videos)
    slash_focuses(QUERY_KEY, focus=focus_wanted())
    with st.container(key="query_line", horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            "Search your footage",
            follow(QUERY_KEY, request.text),
            key=QUERY_KEY,
            type="search",
            max_chars=2000,
            placeholder="Describe a moment: what is seen, what is heard   ( / )",
            icon=":material/search:",
            label_visibility="collapsed",
            on_change=_typed,
        )
        step_button()
        sample_picker(library, videos)
        filters_button(request, videos)
        searches_menu(library, videos)
        copy_link(has_upload=request.sample is not None)
    steps_line(request)
    with st.container(key="query_options", horizontal=True, vertical_alignment="center", gap="small"):
        _senses(library, request)
        weights = _weight(library, request)
        _chips(library, request, videos)
    if request.empty and (request.without or request.less):
        quiet("This only says what to leave out. Add words or a sample of what to look for.")
    return QueryBar(request, weights)


def set_query(text: str) -> None:
    """Ask something else, as if it had been typed; for callbacks, which run before the box is drawn."""
    phrase = understand(text)
    _write_phrase(phrase)
    follow(QUERY_KEY, phrase.words)
    forget("at")
    asked_anew()


def _take_apart(text: str) -> None:
    """Understand words that came with a link as those that are typed: what they exclude becomes chips."""
    phrase = understand(text)
    if phrase != Phrase(text):
        _write_phrase(phrase)


def _write_phrase(phrase: Phrase) -> None:
    before = current_request()
    write(
        {
            "q": phrase.words,
            "without": list(dict.fromkeys((*before.without, *phrase.without))),
            # Before the steps that are there: the box is drawn before them too.
            "then": [*phrase.then, *before.then],
        }
    )
    if phrase.within_s is not None:
        write_within(phrase.within_s)


def _senses(library: Library, request: SearchRequest) -> None:
    places = senses_of(library.modalities())
    st.segmented_control(
        "Search in",
        places,
        default=follow(_SENSE_KEY, request.sense if request.sense in places else "both"),
        key=_SENSE_KEY,
        required=True,
        format_func=lambda sense: SENSE_NAMES[sense],
        help=" · ".join(f"{SENSE_NAMES[sense]}: {SENSE_MEANINGS[sense]}" for sense in places),
        label_visibility="collapsed",
        on_change=_sense_changed,
    )


def _weight(library: Library, request: SearchRequest) -> DeltaGenerator:
    """Draw how words and sample go together; return where the effective weights are written."""
    if not request.weighted:
        return st.empty()
    with st.container(key="balance", horizontal=True, vertical_alignment="center", gap="small"):
        # A moment of the library has its vector already; what can be combined is what was uploaded.
        if library.combines and request.like is None:
            st.toggle(
                "Let Marengo combine them",
                follow(_TOGETHER_KEY, request.together),
                key=_TOGETHER_KEY,
                help="Marengo makes one question of words and sample. Off: the slider weighs them.",
                on_change=_together_changed,
            )
            if request.together:
                return st.empty()
        st.slider(
            "Weight of words against sample",
            0,
            100,
            follow(_WORDS_KEY, request.words_percent),
            step=5,
            key=_WORDS_KEY,
            help="Left: only the sample counts. Right: only the words.",
            label_visibility="collapsed",
            width=220,
            on_change=_words_changed,
        )
        with st.container(key="weights", width="content"):
            return st.empty()


def _chips(library: Library, request: SearchRequest, videos: Sequence[Video]) -> None:
    sample_chip(library, request, videos)
    for words in request.without:
        chip(f"Without {words}", f"without_{words}", _allow, words)
    feedback_chips(request, videos)
    filter_chips(request, videos)
    many = len(active_filters(request, videos)) + len(request.without) + len(request.more) + len(request.less)
    if many > 1:
        st.button("Clear all", key="chips_clear", type="tertiary", on_click=_clear_chips)


@action
def _typed() -> None:
    set_query(st.session_state[QUERY_KEY])


@action
def _allow(words: str) -> None:
    write({"without": [other for other in current_request().without if other != words]})
    asked_anew()


@action
def _clear_chips() -> None:
    forget("sample", "like", "words", "together", "without", "more", "less", *FILTERS)
    asked_anew()


@action
def _sense_changed() -> None:
    sense = st.session_state[_SENSE_KEY]
    write({"in": None if sense == "both" else SENSE_NAMES[sense]})
    asked_anew()


@action
def _words_changed() -> None:
    percent: int = st.session_state[_WORDS_KEY]
    write({"words": None if percent == EVEN else str(percent)})


@action
def _together_changed() -> None:
    write({"together": "true" if st.session_state[_TOGETHER_KEY] else None})
    asked_anew()
