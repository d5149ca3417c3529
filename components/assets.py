"""Builds our v2 components from the plain HTML, CSS and JavaScript files beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_FOLDER: Final = Path(__file__).resolve().parent


def build(
    name: str, *scripts: str, css: tuple[str, ...] = ("shared/base.css",), html: str | None = None
) -> ComponentRenderer:
    """Return the renderer of one component.

    Streamlit loads a component's script from a blob, where relative imports do not resolve, so the
    named files (relative to this folder) are joined in order into one module; the last one holds
    the ``export default``, which is made by `onPage`.
    """
    return st.components.v2.component(
        f"cuepoint_{name}",
        html=_read(html) if html else None,
        css="\n".join(_read(file) for file in css),
        js="\n".join(_read(file) for file in ("shared/on_page.js", *scripts)),
    )


def _read(file: str) -> str:
    return (_FOLDER / file).read_text(encoding="utf-8")
