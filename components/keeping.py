"""Keeps moments in the shot list that a person is working on, and says where they went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.chips import short
from components.faults import sentence
from components.formats import counted
from components.markup import plain
from core.errors import CuepointError, NotFound
from core.library_shots import FIRST_NAME

if TYPE_CHECKING:
    from components.search_address import Place
    from core.library import Library
    from core.model import ShotList

_LONGEST_NAME: Final = 40
_CURRENT: Final = "current_shot_list"


def keep(library: Library, place: Place, title: str | None = None) -> None:
    """Put a place at the end of the person's current shot list, and say so with a toast.

    ``title`` is what the toast calls the moment. Never raises what the library refuses: the toast says it.
    """
    keep_many(library, (place,), title=title)


def keep_many(library: Library, places: Sequence[Place], *, title: str | None = None) -> None:
    """Put several places at the end of the person's current shot list, and say so with one toast."""
    if not places:
        return
    try:
        before, after = _kept(library, places)
    except CuepointError as exc:
        st.toast(plain(sentence(exc)), icon=":material/error:")
        return
    use_list(after.id)
    st.toast(plain(_said(before, after, len(places), title)), icon=":material/bookmark_added:")


def current_list_id(library: Library) -> str | None:
    """Return the list that moments are kept in: the one used last in this session, else the last changed.

    None where there is no list at all.
    """
    lists = library.shot_lists()
    used = st.session_state.get(_CURRENT)
    if any(one.id == used for one in lists):
        return str(used)
    return lists[0].id if lists else None


def use_list(list_id: str) -> None:
    """Have the moments that are kept from now on in this session go into a list."""
    st.session_state[_CURRENT] = list_id


def _kept(library: Library, places: Sequence[Place]) -> tuple[int, ShotList]:
    """Return how many shots the list had, and the list as it is now."""
    wanted = [(place.video_id, place.start_s, place.end_s) for place in places]
    list_id = current_list_id(library)
    if list_id is not None:
        try:
            before = len(library.shot_list(list_id).shots)
            return before, library.keep_shots(list_id, wanted)
        except NotFound:
            # Either somebody deleted the list just now, or a video is gone; the latter is raised again.
            if any(one.id == list_id for one in library.shot_lists()):
                raise
    made = library.create_shot_list(FIRST_NAME)
    return 0, library.keep_shots(made.id, wanted)


def _said(before: int, after: ShotList, wanted: int, title: str | None) -> str:
    name, added = short(after.name, _LONGEST_NAME), len(after.shots) - before
    if added <= 0:
        what = "This moment is" if wanted == 1 else "These moments are"
        return f"{what} in “{name}” already."
    if title:
        what = f"Kept “{short(title, _LONGEST_NAME)}”"
    else:
        what = "Kept" if wanted == 1 else f"Kept {counted(added, 'moment')}"
    return f"{what} in “{name}”: {counted(len(after.shots), 'shot')} now."
