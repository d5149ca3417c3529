"""Files that are not where they were: said in one line, and found again in a folder that a person names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.faults import action, guarded
from components.formats import counted
from components.frame import quiet
from components.markup import plain
from core.errors import CuepointError

if TYPE_CHECKING:
    from core.library import Library
    from core.library_model import RelinkRun
    from core.model import Video

MISSING: Final = "File missing"
_OPEN: Final = "relinking_open"
_SEEN: Final = "relinking_seen"
_FOLDER: Final = "relinking_folder"
_EVERY_S: Final = 0.7
_HOW: Final = (
    "Name a folder of the computer that Cuepoint runs on. All folders in it are looked through, and a file "
    "is taken only where its whole content is the same."
)
_NAMED: Final = 12
"""Videos that are named one by one; of more the rest is counted."""


def draw_relinking(library: Library, videos: Sequence[Video]) -> set[str]:
    """Draw what there is to say about missing files; return the ids of the videos that lack theirs."""
    known = {video.id for video in videos}
    missing = {video.id for video in library.missing_videos()} & known
    run = library.relinking()
    running = run is not None and not run.ended
    if run is not None and running:
        # Who saw it begin, or came while it ran, is told how it ended.
        st.session_state[_SEEN] = run.id
    told = run if run is not None and st.session_state.get(_SEEN) == run.id else None
    if not (missing or told):
        return missing
    if not (st.session_state.get(_OPEN) or told):
        with st.container(key="missing_line", horizontal=True, vertical_alignment="center"):
            quiet(missing_sentence(len(missing)))
            st.button("Find them" if len(missing) > 1 else "Find it", key="find_missing", on_click=_open,
                      icon=":material/drive_file_move:")  # fmt: skip
        return missing
    with st.container(key="relinking", border=True, gap="small"):
        st.markdown("**Find moved files**")
        if told is not None:
            every_s = _EVERY_S if running else None
            st.fragment(guarded(_progress), run_every=every_s)(library, told.id, told.found, running)
        if not running:
            _ask(library, len(missing), told)
    return missing


def missing_sentence(count: int) -> str:
    """Return how many files are missing, as people say it."""
    return "1 video's file is not where it was." if count == 1 else (
        f"{count:,} videos' files are not where they were."
    )  # fmt: skip


@action
def _open() -> None:
    st.session_state[_OPEN] = True


@action
def _close() -> None:
    for key in (_OPEN, _SEEN, _FOLDER):
        st.session_state.pop(key, None)


@action
def _choose(folder: str) -> None:
    st.session_state[_FOLDER] = folder


# -- asking --------------------------------------------------------------------------------------


def _ask(library: Library, count: int, told: RelinkRun | None) -> None:
    visitor = st.context.ip_address
    refused = library.relinking_refused(visitor)
    if count and refused is None:
        if told is None:
            quiet(f"{missing_sentence(count)} {_HOW}")
        elif told.found:
            quiet("For the others, name another folder.")
        _form(library, visitor)
        return
    if count and refused is not None:
        st.markdown(plain(f"{missing_sentence(count)} {refused}"))
    st.button("Close", key="relinking_close", on_click=_close)


def _form(library: Library, visitor: str | None) -> None:
    folders = library.relinking_folders()
    st.session_state.setdefault(_FOLDER, folders[0] if folders else "")
    with st.form("relinking_form", border=False):
        folder = st.text_input("Folder", key=_FOLDER, placeholder="/media/films")
        with st.container(horizontal=True):
            sent = st.form_submit_button("Look there", type="primary", icon=":material/search:")
            closed = st.form_submit_button("Close")
    if len(folders) > 1:
        quiet("Or a folder near where they were:")
        with st.container(key="relinking_folders", horizontal=True):
            for number, one in enumerate(folders):
                st.button(plain(one), key=f"relinking_{number}", on_click=_choose, args=(one,))
    if closed:
        _leave()
    if sent:
        try:
            run = library.start_relinking(folder or "", visitor=visitor)
        except CuepointError as exc:
            st.warning(plain(exc.message), icon=":material/error:")
            return
        st.session_state[_SEEN] = run.id
        st.rerun(scope="app")


def _leave() -> None:
    _close()
    st.rerun(scope="app")


# -- a look, and how it ended --------------------------------------------------------------------


def _progress(library: Library, run_id: str, found: Sequence[str], was_running: bool) -> None:
    run = library.relinking()
    if run is None or run.id != run_id or run.ended == was_running or len(run.found) != len(found):
        # The marks in the list and the line above it are drawn by the whole page.
        st.rerun(scope="app")
    if run.ended:
        _outcome(library, run)
        return
    text = f"{counted(run.seen, 'file')} passed · {_share(run)}"
    if run.reading is not None:
        text = f"Comparing a file with “{run.reading}” · {_share(run)}"
    st.progress(min(1.0, max(0.0, run.progress if run.reading is not None else 0.0)), text=plain(text))
    if st.button("Stop", key="relinking_stop", icon=":material/close:"):
        library.cancel_relinking()
        st.rerun(scope="app")


def _share(run: RelinkRun) -> str:
    return f"{len(run.found):,} of {len(run.wanted):,} found"


def _outcome(library: Library, run: RelinkRun) -> None:
    if run.state == "failed":
        st.warning(plain(run.message or "The folder could not be looked through."), icon=":material/error:")
    elif run.found:
        icon = ":material/check:"
        st.success(plain(f"{_share(run)} and linked again.{_stopped(run)}"), icon=icon)
    elif run.state == "cancelled":
        st.info("Stopped. None was found until then.", icon=":material/info:")
    else:
        st.info(
            plain(f"None of the missing files is below {run.folder}. Try another folder."),
            icon=":material/info:",
        )
    titles = {video.id: video.title for video in library.videos()}
    other = [titles[one] for one in run.other if one in titles]
    _named(other, "A file of the same name is there, but with other content, so it was not linked")
    rest = [titles[one] for one in run.missing if one in titles and one not in run.other]
    if run.found:
        _named(rest, "Still missing")
    for line in _limits(run):
        quiet(line)
    failed = library.relinked_failures()
    if failed:
        label = f"Try {counted(len(failed), 'failed video')} again"
        if st.button(label, key="relinking_retry", icon=":material/refresh:"):
            for job in failed:
                library.retry(job.id)
            st.rerun(scope="app")


def _stopped(run: RelinkRun) -> str:
    return " Then it was stopped." if run.state == "cancelled" else ""


def _named(titles: Sequence[str], what: str) -> None:
    if titles:
        more = f" and {len(titles) - _NAMED:,} more" if len(titles) > _NAMED else ""
        quiet(f"{what}: {', '.join(titles[:_NAMED])}{more}.")


def _limits(run: RelinkRun) -> list[str]:
    lines = []
    if run.unread:
        lines.append(f"{counted(run.unread, 'place')} in it could not be read.")
    if run.untried:
        files = counted(run.untried, "more file")
        lines.append(f"{files} of the same size were not compared. Name a narrower folder to go on.")
    if run.cut_short:
        lines.append(
            f"It holds more than {run.seen:,} files; the rest was not looked at. Name a narrower one."
        )
    return lines
