"""The library page's list: found by words, in pages, refreshed only while something is being indexed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.faults import guarded
from components.formats import STATES, counted
from components.frame import quiet
from components.relinking import MISSING, draw_relinking
from components.table import videos_csv
from components.video_dialogs import open_dialog
from components.videolist import Act, download_row, video_list, video_row
from core.model import RUNNING_STATES

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Job, Video

PAGE_LENGTH: Final = 40
_EVERY_S: Final = 1.0
_SELDOM_S: Final = 5.0
_SHOWN: Final = {
    "all": "All",
    "active": "In progress",
    "ready": "Ready",
    "failed": "Failed or cancelled",
}


def draw_list(library: Library, videos: Sequence[Video]) -> None:
    """Draw what is missing, the controls over the list, and the list."""
    missing = draw_relinking(library, videos)
    with st.container(key="list_controls", horizontal=True, vertical_alignment="center"):
        words = st.text_input(
            "Find in the list",
            key="list_words",
            type="search",
            placeholder="Find by title, tag or category",
            icon=":material/search:",
            label_visibility="collapsed",
            width=320,
        )
        shown = st.segmented_control(
            "Show",
            list(_SHOWN),
            key="list_shown",
            default="all",
            required=True,
            format_func=lambda one: _SHOWN[one],
            label_visibility="collapsed",
        )
        st.space("stretch")
        st.download_button(
            "CSV",
            data=lambda: videos_csv(library.videos()),
            file_name="cuepoint-videos.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    found = [video for video in videos if _matches(video, words or "", shown or "all", video.id in missing)]
    page = 1
    if len(found) > PAGE_LENGTH:
        page = st.pagination(-(-len(found) // PAGE_LENGTH), key="list_page")
    unfinished = library.jobs(active_only=True)
    active = bool(unfinished)
    standing = {one.batch.id for one in library.batches() if one.batch.held or one.batch.paused}
    # What waits for a person is looked at now and then: its pictures and downloads go on.
    every_s = _EVERY_S if any(job.batch_id not in standing for job in unfinished) else _SELDOM_S
    first = (page - 1) * PAGE_LENGTH
    ids = [video.id for video in found[first : first + PAGE_LENGTH]]
    st.fragment(guarded(_rows), run_every=every_s if active else None)(
        library, ids, active, shown in ("all", "active") and page == 1
    )
    if not found and videos:
        quiet("No video fits. Change the words or the choice above.")
    elif found:
        quiet(
            f"{counted(len(found), 'video')}" + (f" of {len(videos):,}" if len(found) < len(videos) else "")
        )


def _rows(library: Library, ids: Sequence[str], was_active: bool, with_downloads: bool) -> None:
    jobs = library.jobs()
    newest: dict[str, Job] = {}
    for job in reversed(jobs):
        if job.video_id is not None:
            newest[job.video_id] = job
    known = {video.id: video for video in library.videos()}
    rows: list[dict[str, Any]] = []
    if with_downloads:
        rows = [download_row(job) for job in jobs if job.video_id is None and job.state != "cancelled"]
    held = {one.batch.id for one in library.batches() if one.batch.held}
    missing = {video.id for video in library.missing_videos()}
    for video_id in (one for one in ids if one in known):
        last = newest.get(video_id)
        waits = last is not None and last.batch_id in held and last.state == "uploading"
        rows.append(video_row(library, known[video_id], last, waits=waits, missing=video_id in missing))
    asked = video_list(rows)
    if asked is not None:
        _do(library, asked)
    active = any(not job.ended for job in jobs)
    arrived = len(known) != st.session_state.setdefault("list_known", len(known))
    st.session_state["list_known"] = len(known)
    if active != was_active or arrived:
        # The whole page counts videos, and only a run of it starts or stops the refreshing.
        st.rerun(scope="app")


def _do(library: Library, asked: Act) -> None:
    match asked:
        case Act("open", str(video_id)):
            st.switch_page("browse.py", query_params={"video": video_id})
        case Act("edit" | "delete" as kind, str(video_id)):
            open_dialog(kind, video_id)
        case Act("reindex", str(video_id)):
            if library.billable:
                open_dialog("reindex", video_id)
            else:
                library.reindex(video_id)
        case Act("fit", str(video_id)):
            library.fit(video_id)
        case Act("cancel", _, str(job_id)):
            library.cancel(job_id)
        case Act("retry", _, str(job_id)):
            library.retry(job_id)
    st.rerun(scope="app")


def _matches(video: Video, words: str, shown: str, missing: bool) -> bool:
    if shown == "active" and not (video.status == "queued" or video.status in RUNNING_STATES):
        return False
    if shown == "ready" and video.status != "ready":
        return False
    if shown == "failed" and video.status not in ("failed", "cancelled"):
        return False
    said = (video.title, video.category or "", *video.tags, STATES[video.status], MISSING if missing else "")
    text = " ".join(said).casefold()
    return all(word in text for word in words.casefold().split())
