"""The address of the page that is drawn: it holds the search, and the controls follow it.

No control of the search is bound to its parameter by Streamlit: a bound parameter can't be written by
anything else, and a chip, a card and a saved search write them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import streamlit as st

from components.search_address import SearchRequest, read_request, write_request

T = TypeVar("T")
_ABSENT: Final = object()
_NEW: Final = "controls_not_drawn_yet"


def current_request() -> SearchRequest:
    """Return what the address asks."""
    return read_request({name: st.query_params.get_all(name) for name in st.query_params})


def open_request(request: SearchRequest) -> None:
    """Make the address that of this search, a saved one say. For callbacks: controls follow."""
    st.query_params.from_dict(write_request(request))


def write(parameters: Mapping[str, str | Sequence[str] | None]) -> None:
    """Write parameters into the address; None or nothing takes one out."""
    for name, value in parameters.items():
        if not value:
            forget(name)
        elif isinstance(value, str):
            st.query_params[name] = value
        else:
            st.query_params[name] = list(value)


def forget(*names: str) -> None:
    """Take parameters out of the page's address."""
    for name in names:
        if name in st.query_params:
            del st.query_params[name]


def asked_anew() -> None:
    """Forget what only the former list of results was told: how far it was read, and that it was shown."""
    forget("anyway", "n")


def follow(key: str, value: T) -> T:
    """Let the control with this key, which is drawn next, show what the address says; return that."""
    if key not in st.session_state:
        st.session_state.setdefault(_NEW, set()).add(key)
    if st.session_state.get(key, _ABSENT) != value:
        st.session_state[key] = value
    return value


def all_drawn() -> None:
    """Say that the page was drawn to its end: what controls say from now on, a person has said."""
    st.session_state[_NEW] = set()


def never_shown(key: str) -> bool:
    """Return whether a control "changed" to nothing only because the browser has not had it yet.

    Somebody who presses a button before the page is drawn to its end stops it there. The browser then sends
    the page's state without the controls that had not arrived, and Streamlit takes that for a change of
    each to its empty value: the whole search would be wiped out of the address.
    """
    return key in st.session_state.get(_NEW, ()) and not st.session_state[key]
