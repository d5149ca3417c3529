"""Searches of before: a menu of the saved and the recent ones, and what is remembered of the present one."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.chips import short
from components.faults import action, guarded
from components.frame import quiet
from components.markup import plain
from components.search_address import SearchRequest
from components.search_labels import address_of, label_of, name_of, request_of, subject_of
from components.search_parameters import current_request, open_request
from core.errors import CuepointError
from core.library_searches import LONGEST_ADDRESS, LONGEST_NAME

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from core.library import Library
    from core.model import SavedSearch, Video

log = logging.getLogger(__name__)

MENU: Final = "searches_menu"
_RECENT_SHOWN: Final = 12
_CHIPS: Final = 6
_LONGEST_CHIP: Final = 48
_REMEMBERED: Final = "remembered_search"
_EDITED: Final = "edited_search"
"""Which saved search is being renamed or removed: (what, id)."""


def remember(library: Library, request: SearchRequest, videos: Sequence[Video]) -> None:
    """Remember a search that was answered, once for each change of it."""
    address = address_of(request)
    if request.empty or len(address) > LONGEST_ADDRESS or st.session_state.get(_REMEMBERED) == address:
        return
    try:
        library.remember_search(address, label_of(request, videos), subject=subject_of(request))
    except CuepointError as exc:
        # The results are there; the menu will say what is wrong with the catalog.
        log.warning("search.not_remembered kind=%s message=%s", type(exc).__name__, exc.message)
        return
    st.session_state[_REMEMBERED] = address


def searches_menu(library: Library, videos: Sequence[Video]) -> None:
    """Draw the button, and behind it what can be saved, opened, renamed and removed."""
    with st.popover("Searches", icon=":material/history:", key=MENU, on_change="rerun") as menu:
        if menu.open:
            with st.container(key="searches", gap="xsmall"):
                guarded(_menu)(library, videos)


def draw_recent(library: Library) -> None:
    """Draw the last few searches, to be asked again; nothing where there are none."""
    recent = library.recent_searches(_CHIPS)
    if recent:
        st.space("small")
        quiet("Searched before:")
        with st.container(key="recent_chips", horizontal=True, gap="small"):
            for search in recent:
                label = plain(short(search.label, _LONGEST_CHIP))
                st.button(label, key=f"again_{search.id}", on_click=_open, args=(search.address,))


def _menu(library: Library, videos: Sequence[Video]) -> None:
    saved, recent = library.saved_searches(), library.recent_searches(_RECENT_SHOWN)
    request = current_request()
    if not request.empty:
        _save_line(library, request, videos, saved)
    if saved:
        _heading("Saved")
        for search in saved:
            _saved_line(library, search)
    if recent:
        _heading("Recent")
        for search in recent:
            _recent_line(library, search, videos)
    if request.empty and not saved and not recent:
        quiet("What you search for is kept here, and can be saved under a name.")


def _heading(text: str) -> None:
    st.caption(text)


def _save_line(
    library: Library, request: SearchRequest, videos: Sequence[Video], saved: Sequence[SavedSearch]
) -> None:
    address = address_of(request)
    known = next((search for search in saved if search.address == address), None)
    if known is not None:
        quiet(f"This search is saved as “{known.name}”.")
        return
    key = f"save_as_{hashlib.sha256(address.encode()).hexdigest()[:12]}"
    with _line("save"):
        _name_field("Name of this search", key, name_of(request, videos))
        st.button(
            "Save",
            key="save_search",
            icon=":material/bookmark_add:",
            help="Keep this search: words, weights, filters and the chosen moment",
            on_click=_save,
            args=(library, address, key, label_of(request, videos)),
        )


def _saved_line(library: Library, search: SavedSearch) -> None:
    editing, name = st.session_state.get(_EDITED), search.name or ""
    with _line(search.id):
        if editing == ("rename", search.id):
            key = f"rename_{search.id}"
            _name_field(f"New name of {name}", key, name)
            _icon("Rename", "check", f"renamed_{search.id}", _rename, library, search.id, key)
            _icon("Leave the name", "close", f"left_{search.id}", _edit, None)
        elif editing == ("remove", search.id):
            quiet(f"Remove “{short(name)}”?")
            st.button("Remove", key=f"remove_{search.id}", on_click=_forget, args=(library, search.id))
            st.button("Keep", key=f"keep_{search.id}", type="tertiary", on_click=_edit, args=(None,))
        else:
            _open_button(search, name)
            _icon("Rename", "edit", f"rename_{search.id}_", _edit, ("rename", search.id))
            _icon("Remove", "delete", f"remove_{search.id}_", _edit, ("remove", search.id))


def _recent_line(library: Library, search: SavedSearch, videos: Sequence[Video]) -> None:
    with _line(search.id):
        _open_button(search, search.label)
        proposed = name_of(request_of(search.address), videos)
        _icon("Save", "bookmark_add", f"save_{search.id}", _name, library, search.id, proposed)
        _icon("Remove", "close", f"remove_{search.id}_", _forget, library, search.id)


def _line(name: str) -> DeltaGenerator:
    return st.container(
        key=f"searches_line_{name}", horizontal=True, vertical_alignment="center", gap="xsmall"
    )


def _name_field(label: str, key: str, proposed: str) -> None:
    st.text_input(label, proposed, key=key, max_chars=LONGEST_NAME, label_visibility="collapsed")


def _open_button(search: SavedSearch, text: str) -> None:
    st.button(
        plain(text),
        key=f"open_{search.id}",
        type="tertiary",
        width="stretch",
        wrap=False,
        help=None if text == search.label and len(text) < _LONGEST_CHIP else plain(search.label),
        on_click=_open,
        args=(search.address,),
    )


def _icon(meaning: str, icon: str, key: str, on_click: Callable[..., None], *args: object) -> None:
    st.button(
        "", icon=f":material/{icon}:", key=key, help=meaning, type="tertiary", on_click=on_click, args=args
    )


@action
def _open(address: str) -> None:
    open_request(request_of(address))
    st.session_state[MENU] = False


@action
def _save(library: Library, address: str, key: str, label: str) -> None:
    library.save_search(address, st.session_state.get(key) or "", label=label)


@action
def _name(library: Library, search_id: str, name: str) -> None:
    library.rename_search(search_id, name)


@action
def _rename(library: Library, search_id: str, key: str) -> None:
    library.rename_search(search_id, st.session_state.get(key) or "")
    _edit(None)


@action
def _forget(library: Library, search_id: str) -> None:
    library.forget_search(search_id)
    _edit(None)


@action
def _edit(what: tuple[str, str] | None) -> None:
    st.session_state[_EDITED] = what
