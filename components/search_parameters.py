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
    """Let the control with this key, which is drawn next, show what the address says; return that.

    What is returned has to be the control's default as well: the browser draws a new control at its default
    for an instant, and an event of that instant would report it as what a person chose.
    """
    if st.session_state.get(key, _ABSENT) != value:
        st.session_state[key] = value
    return value
