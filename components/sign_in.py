"""The page in front of all pages, where a sign-in is asked for; nothing of the library stands on it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

import streamlit as st

from components.frame import MARK, draw_style
from components.host import door
from components.identity import SignInDoor
from components.markup import plain, tag

_SVG: Final = base64.b64encode(Path(MARK).read_bytes()).decode("ascii")
MARK_INSIDE: Final = f"data:image/svg+xml;base64,{_SVG}"
"""The mark within the page: files are not given away before the sign-in."""
_CALM: Final = (
    "<style>header[data-testid] { display: none !important } .st-key-sign-in { margin-top: 14vh }</style>"
)


def may_enter() -> bool:
    """Return whether the pages may be drawn for whoever asks; judged anew in every run.

    Streamlit must know them too: it takes an identity only from a page of our own origin.
    """
    if not door().closed:
        return True
    return bool(st.user.get("is_logged_in")) and door().admits(st.context.cookies)


def asks_sign_in() -> bool:
    """Return whether people sign in here at all."""
    return door().closed


def draw_sign_in() -> None:
    """Draw one button, or why it would not work."""
    draw_style()
    st.html(_CALM)
    here = door()
    _, middle, _ = st.columns([1, 1.2, 1])
    with middle.container(key="sign-in", border=True):
        st.html(f'<img src="{MARK_INSIDE}" width="44" height="44" alt="">')
        if here.problem is not None:
            st.html('<h1 class="cp-title">Cuepoint is closed</h1>')
            st.error(plain(here.problem), icon=":material/error:")
        elif isinstance(here, SignInDoor) and here.identity(st.context.cookies) is not None:
            st.html('<h1 class="cp-title">Not for this account</h1>')
            tag("p", "This account may not use this Cuepoint. Ask who runs it, or take another.", "cp-quiet")
            if st.button("Use another account", key="leave", type="primary", width="stretch"):
                st.logout()
        else:
            st.html('<h1 class="cp-title">Cuepoint</h1>')
            tag("p", "Sign in to go on.", "cp-quiet")
            if st.button("Sign in", key="enter", type="primary", width="stretch"):
                st.login()


def sign_out() -> None:
    """End the session here, and with the provider where it offers that; a page of the navigation."""
    tag("p", "Signing out …", "cp-quiet")
    st.logout()
