"""How results are looked at: moments, videos, or a table; the address says which."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.faults import action
from components.search_address import VIEWS, View
from components.search_parameters import follow, write

_KEY: Final = "view_control"
_NAMES: Final[dict[View, str]] = {"moments": "Moments", "videos": "Videos", "table": "Table"}


def view_control(view: View) -> None:
    """Draw the control; a choice goes into the address before the page is drawn again."""
    st.segmented_control(
        "Show results as",
        VIEWS,
        default=follow(_KEY, view),
        key=_KEY,
        required=True,
        format_func=lambda one: _NAMES[one],
        label_visibility="collapsed",
        on_change=_chosen,
    )


@action
def _chosen() -> None:
    view: View | None = st.session_state[_KEY]
    write({"view": None if view in (None, "moments") else view})
