"""Which shot list is shown: chosen, made, renamed and deleted here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from components.chips import short
from components.copy_link import copy_link
from components.faults import action, boundary
from components.formats import counted
from components.frame import quiet
from components.keeping import use_list
from components.markup import plain
from core.library_shots import FIRST_NAME, LONGEST_NAME

if TYPE_CHECKING:
    from core.library import Library
    from core.model import ShotList

_CHOICE: Final = "shot_list_choice"
_MENU: Final = "shot_list_menu"
_OPEN: Final = "shot_list_dialog"
_LONGEST_SHOWN: Final = 48
_LINKS: Final = 20


def list_choice(library: Library, shown: ShotList) -> None:
    """Draw the list that is shown among all lists, and what can be done to it."""
    lists = {one.id: one for one in library.shot_lists()}
    lists.setdefault(shown.id, shown)
    # The address says which list it is; the control follows.
    st.session_state[_CHOICE] = shown.id
    st.selectbox(
        "Shot list",
        sorted(lists, key=lambda one: lists[one].name.casefold()),
        key=_CHOICE,
        format_func=lambda one: (
            f"{short(lists[one].name, _LONGEST_SHOWN)} · {counted(len(lists[one].shots), 'shot')}"
        ),
        label_visibility="collapsed",
        width=340,
        on_change=action(_chosen),
    )
    with st.popover("Lists", icon=":material/more_horiz:", key=_MENU, on_change="rerun") as menu:
        if menu.open:
            with st.container(key="shot_list_verbs", gap="xsmall"):
                _verb("New list", "playlist_add", "create", "")
                _verb("Rename this list", "edit", "rename", shown.id)
                _verb("Delete this list", "delete", "delete", shown.id)
    copy_link(has_upload=False, key="copy_shots", title="Copy a link that opens this shot list")


def first_list_button() -> None:
    """Draw the button that makes a list where there is none yet."""
    st.button(
        "New shot list", key="list_first", icon=":material/playlist_add:", on_click=_open, args=("create", "")
    )


def list_links(library: Library) -> None:
    """Draw the lists that there are, to go on with one of them."""
    for one in library.shot_lists()[:_LINKS]:
        label = plain(f"{short(one.name, _LONGEST_SHOWN)} · {counted(len(one.shots), 'shot')}")
        st.page_link("shots.py", label=label, icon=":material/playlist_play:", query_params={"list": one.id})


def draw_list_dialog(library: Library) -> None:
    """Draw the dialog that is open, if one is; a page that runs again keeps it."""
    kind, list_id = st.session_state.get(_OPEN, (None, ""))
    if kind == "create":
        _create(library)
    elif kind == "rename":
        _rename(library, list_id)
    elif kind == "delete":
        _delete(library, list_id)


def show_list(list_id: str) -> None:
    """Have the page that follows show a list, and nothing of another in its player."""
    use_list(list_id)
    st.query_params.from_dict({"list": list_id})


def _chosen() -> None:
    show_list(str(st.session_state[_CHOICE]))


def _verb(label: str, icon: str, kind: Literal["create", "rename", "delete"], list_id: str) -> None:
    st.button(
        label,
        key=f"list_{kind}",
        icon=f":material/{icon}:",
        type="tertiary",
        on_click=_open,
        args=(kind, list_id),
    )


@action
def _open(kind: str, list_id: str) -> None:
    st.session_state[_OPEN] = (kind, list_id)
    st.session_state[_MENU] = False


@action
def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog("New shot list", on_dismiss=_close)
def _create(library: Library) -> None:
    with boundary():
        with st.form("list_create_form", border=False):
            name = st.text_input("Name", placeholder=FIRST_NAME, max_chars=LONGEST_NAME)
            made = st.form_submit_button("Create", type="primary")
        if made:
            show_list(library.create_shot_list((name or "").strip() or FIRST_NAME).id)
            _close()
            st.rerun()


@st.dialog("Rename shot list", on_dismiss=_close)
def _rename(library: Library, list_id: str) -> None:
    with boundary():
        with st.form("list_rename_form", border=False):
            name = st.text_input("Name", library.shot_list(list_id).name, max_chars=LONGEST_NAME)
            saved = st.form_submit_button("Rename", type="primary")
        if saved:
            library.rename_shot_list(list_id, name or "")
            _close()
            st.rerun()


@st.dialog("Delete shot list", on_dismiss=_close)
def _delete(library: Library, list_id: str) -> None:
    with boundary():
        shots = library.shot_list(list_id)
        st.markdown(f"Delete **{plain(shots.name)}** with {counted(len(shots.shots), 'shot')}?")
        quiet("Its notes and ratings go with it, for everybody. The videos stay.")
        with st.container(horizontal=True):
            if st.button("Delete", type="primary", key="list_delete_confirmed"):
                library.delete_shot_list(list_id)
                st.query_params.clear()
                _close()
                st.rerun()
            if st.button("Keep it", key="list_delete_dropped"):
                _close()
                st.rerun()
