"""What can be made of a group: a name, a category, a saved search, a place on the map; and the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.chips import short
from components.faults import action
from components.formats import counted
from components.insight_choice import MOST_EXAMPLES, open_results
from components.markup import plain
from components.search_address import Place, SearchRequest
from components.search_labels import address_of
from components.search_parameters import current_request, write

if TYPE_CHECKING:
    from core.library import Library
    from core.model.insights import ClusterName, Selection

LONGEST: Final = 100


def draw_group_actions(
    library: Library,
    selection: Selection,
    k: int | None,
    number: int,
    name: ClusterName,
    examples: Sequence[Place],
) -> None:
    """Draw the buttons of one group."""
    title = name.title(number)

    def rename() -> None:
        library.name_cluster(selection, k, number, st.session_state[f"group_name_{number}"])

    def categorize() -> None:
        category = st.session_state[f"group_category_{number}"]
        changed = library.categorize_cluster(selection, k, number, category)
        st.toast(
            plain(f"{counted(len(changed), 'video')} are “{short(category, 40)}” now."),
            icon=":material/label:",
        )

    def save() -> None:
        saved = library.save_search(_address(examples), title)
        st.toast(
            plain(f"Saved as “{short(saved.name or title, 40)}”: Searches has it."),
            icon=":material/bookmark:",
        )

    with st.container(horizontal=True, gap="small"):
        if st.button("Open as results", key=f"group_open_{number}", icon=":material/search:"):
            open_results(list(examples)[:MOST_EXAMPLES])
        st.button(
            "Show on map",
            key=f"group_map_{number}",
            icon=":material/scatter_plot:",
            on_click=action(_show_on_map),
        )
        st.button(
            "Save as search", key=f"group_save_{number}", icon=":material/bookmark:", on_click=action(save)
        )
        with st.popover("Name", icon=":material/edit:", key=f"group_naming_{number}"):
            st.text_input(
                "What this group is called",
                value=name.given or "",
                placeholder=title,
                max_chars=LONGEST,
                key=f"group_name_{number}",
                on_change=action(rename),
            )
            st.caption("Kept for these very segments, also after a restart. Empty takes the name away.")
        with st.popover("Make a category", icon=":material/label:", key=f"group_labelling_{number}"):
            st.text_input("Category", value=title, max_chars=LONGEST, key=f"group_category_{number}")
            st.caption("Given to the videos of which at least half is in this group.")
            st.button(
                "Give it", key=f"group_categorize_{number}", type="primary", on_click=action(categorize)
            )


def draw_vocabulary(library: Library) -> None:
    """Draw the naming by vocabulary, where the engine can do it."""
    if not library.insight_vocabulary_offered:
        return

    def switched() -> None:
        library.use_insight_vocabulary(st.session_state["insight_vocabulary_on"])

    def edited() -> None:
        library.set_insight_vocabulary(st.session_state["insight_vocabulary"].splitlines())

    on = library.insight_vocabulary_on
    with st.popover("Name groups by what is seen", icon=":material/auto_awesome:"):
        words = library.insight_vocabulary()
        st.toggle("Use this vocabulary", value=on, key="insight_vocabulary_on", on_change=action(switched))
        st.caption(
            f"The engine compares each group with {counted(len(words), 'word')}. Each new word is embedded "
            "once, which may cost a query each."
        )
        st.text_area(
            "Words, one a line or with commas between",
            value=", ".join(words),
            height=200,
            key="insight_vocabulary",
            on_change=action(edited),
        )


def _show_on_map() -> None:
    write({"show": None, "colour": None})


def _address(examples: Sequence[Place]) -> str:
    wanted = replace(SearchRequest(), more=tuple(examples)[:MOST_EXAMPLES])
    filters = current_request()
    return address_of(
        replace(
            wanted,
            categories=filters.categories,
            tags=filters.tags,
            video_ids=filters.video_ids,
            recorded_from=filters.recorded_from,
            recorded_to=filters.recorded_to,
            indexed_from=filters.indexed_from,
            indexed_to=filters.indexed_to,
            last_days=filters.last_days,
            min_duration_s=filters.min_duration_s,
            max_duration_s=filters.max_duration_s,
        )
    )
