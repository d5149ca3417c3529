"""The frame of every page: style, logo, and small blocks of our own markup."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import streamlit as st

from components.markup import escaped, plain, tag

MARK: Final = str(Path(__file__).resolve().parent / "brand" / "mark.svg")
_STYLE: Final = (Path(__file__).resolve().parent / "style.css").read_text(encoding="utf-8")

# Text on the accent, and the page's background as in config.toml.
_LIGHT: Final = ("#ffffff", "#fbfaf8")
_DARK: Final = ("#1c1408", "#121315")


def draw_frame() -> None:
    """Draw what all pages share."""
    draw_style()
    st.logo(MARK, size="large")


def draw_style() -> None:
    """Draw the style alone, where the logo would be a file that is not given away yet."""
    # Streamlit tells its own markup the theme's colours, but not which theme it is.
    on_primary, page = _DARK if st.context.theme.type == "dark" else _LIGHT
    st.html(f"<style>:root {{ --cp-on-primary: {on_primary}; --cp-page: {page}; }}\n{_STYLE}</style>")


def heading(title: str, subtitle: str = "") -> None:
    """Draw a page's title, and one quiet line under it."""
    below = f'<p class="cp-subtitle">{escaped(subtitle)}</p>' if subtitle else ""
    st.html(f'<h1 class="cp-title">{escaped(title)}</h1>{below}')


def quiet(text: str) -> None:
    """Draw one line of secondary text."""
    tag("p", text, "cp-quiet")


def heading_line(title: str, marks: Iterable[tuple[str, str]]) -> None:
    """Draw the title of a block, with a badge for each (word, colour) beside it. All of it is ours."""
    badges = "".join(f" :{colour}-badge[{word}]" for word, colour in marks)
    st.markdown(f"**{plain(title)}**{badges}")


def facts(rows: Iterable[tuple[str, str]]) -> None:
    """Draw pairs of name and value, one a line."""
    st.html(f'<dl class="cp-facts">{_pairs(rows, "")}</dl>')


def tiles(rows: Iterable[tuple[str, str]]) -> None:
    """Draw pairs of name and value as a row of tiles."""
    st.html(f'<dl class="cp-tiles">{_pairs(rows, "div")}</dl>')


def _pairs(rows: Iterable[tuple[str, str]], around: str) -> str:
    opening, closing = (f"<{around}>", f"</{around}>") if around else ("", "")
    return "".join(
        f"{opening}<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>{closing}" for name, value in rows
    )
