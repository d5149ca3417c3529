"""Which moment of a page is chosen: written into its address, with what the browser did on its own."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.search_address import Place, read_place

_NONCE: Final = "chosen_nonce"


def choose(place: Place, nonce: str) -> None:
    """Write a moment into the address. ``nonce`` is the browser's: the player shows it already."""
    st.session_state[_NONCE] = (str(place), nonce)
    st.query_params["at"] = str(place)


def chosen() -> tuple[Place | None, str]:
    """Return the moment that the address names, and its nonce where the browser chose it."""
    place = read_place(st.query_params.get("at"))
    written, nonce = st.session_state.get(_NONCE, ("", ""))
    return place, nonce if place is not None and written == str(place) else ""
