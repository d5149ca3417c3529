"""Chips: what a search holds beside its words, each taken away by a press."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from components.markup import plain

_LONGEST: Final = 34


def chip(label: str, key: str, on_click: Callable[..., None], *args: Any, icon: str | None = None) -> None:
    """Draw one chip; a long label is cut, and whole in its tooltip."""
    st.button(
        f":{icon}: {plain(short(label))}" if icon else plain(short(label)),
        key=f"chip_{key}",
        icon=":material/close:",
        icon_position="right",
        help=f"Remove: {plain(label)}",
        on_click=on_click,
        args=args,
    )


def short(text: str, longest: int = _LONGEST) -> str:
    """Return a text that fits on a chip, cut in its middle: both ends of a title tell something."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half].rstrip()}…{text[-half:].lstrip()}"
