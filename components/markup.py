"""Text from people, made safe for the two languages that Streamlit renders: markdown and HTML."""

from __future__ import annotations

import html
import re
from typing import Final

import streamlit as st

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")

# Markdown makes links of bare addresses, even of escaped ones. Nobody sees a word joiner.
_ADDRESS: Final = re.compile(r"https?:(?=//)|www(?=\.)|@", re.IGNORECASE)
_JOINER: Final = "\u2060"


def plain(text: str) -> str:
    """Return markdown that shows exactly this text: no links, pictures, emphasis, maths or colours."""
    unlinked = _ADDRESS.sub(lambda found: f"{found[0]}{_JOINER}", " ".join(text.split()))
    return _PUNCTUATION.sub(r"\\\1", unlinked)


def escaped(text: str) -> str:
    """Return HTML that shows exactly this text, also inside an attribute."""
    return html.escape(text, quote=True)


def tag(name: str, text: str, css_class: str) -> None:
    """Draw one HTML element that holds this text. ``name`` and ``css_class`` are ours, never a person's."""
    st.html(f'<{name} class="{css_class}">{escaped(text)}</{name}>')
