"""Repeats: footage that is there more than once, what could be deleted, and what that would save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from components.faults import action
from components.formats import counted, minutes, size
from components.frame import quiet, tiles
from components.insight_downloads import table_button
from components.markup import plain
from components.moments import Shown, moment_row
from components.search_address import Place
from components.search_parameters import write
from components.video_dialogs import draw_dialog, open_dialog
from core.library_insights import RepeatGroup, RepeatMember, Repeats

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

PAGE: Final = 10
"""Groups that are drawn until somebody asks for more: each one is a row of pictures."""


def draw_repeats(library: Library, found: Repeats) -> None:
    """Draw the groups, those that save most first."""
    videos = {video.id: video for video in library.videos()}
    groups = [group for group in found.groups if sum(m.video_id in videos for m in group.members) > 1]
    if not groups:
        st.info(
            "Nothing here is there twice: no copies of videos, and no shot that is used again.",
            icon=":material/done_all:",
        )
        return
    _sums(groups, videos)
    shown = _shown(len(groups))
    for number, group in enumerate(groups[:shown]):
        with st.container(border=True, key=f"repeat_{number}"):
            _group(library, videos, number, group)
    if shown < len(groups):
        st.button("Show more", key="repeats_more", on_click=_more, args=(shown + PAGE,))
    table_button(
        repeats_table(groups, videos), "repeats", key="repeats_csv", what="every place of every group"
    )
    draw_dialog(library, sorted({video.category for video in videos.values() if video.category}))


def _sums(groups: Sequence[RepeatGroup], videos: Mapping[str, Video]) -> None:
    deletable = {video_id for group in groups for video_id in group.delete if video_id in videos}
    tiles(
        [
            ("Groups", f"{len(groups):,}"),
            ("Videos that could go", f"{len(deletable):,}"),
            ("They save", minutes(sum(videos[one].duration_s for one in deletable) / 60)),
            ("Files of", size(sum(videos[one].size_bytes for one in deletable))),
        ]
    )
    quiet(
        "Proved by how the picture changes, not by how it looks: two shots of one place are no repeat. "
        "Nothing is deleted unless you do it."
    )


def _group(library: Library, videos: Mapping[str, Video], number: int, group: RepeatGroup) -> None:
    st.markdown(f"**{plain(group_line(group, videos))}**")
    moment_row(
        library,
        videos,
        [Shown(_place(member, videos), _note(member, group)) for member in group.members],
        label=f"Repeats, group {number + 1}",
        key=f"repeat_moments_{number}",
    )
    deletable = [videos[one] for one in group.delete if one in videos]
    if deletable:
        with st.container(horizontal=True):
            for video in deletable:
                st.button(
                    f"Delete {plain(video.title)} …",
                    key=f"repeat_delete_{number}_{video.id}",
                    icon=":material/delete:",
                    on_click=action(open_dialog),
                    args=("delete", video.id),
                )


def group_line(group: RepeatGroup, videos: Mapping[str, Video]) -> str:
    """Return what a group says: which copies there are, or how often a stretch is used."""
    kept = videos[group.keep].title if group.keep in videos else "the kept video"
    if group.kind == "stretches":
        often = counted(len(group.members), "place")
        return f"The same footage in {often}: {minutes(group.repeated_minutes)} more than once"
    copies = counted(len(group.members) - 1, "copy", "copies")
    if group.delete:
        return f"{copies} of {kept}: deleting saves {minutes(group.saved_minutes)}"
    return f"{copies} of {kept}, each with footage of its own"


def _note(member: RepeatMember, group: RepeatGroup) -> str:
    if group.kind == "stretches":
        return ""
    if member.video_id == group.keep:
        return "keep: the longest, largest or oldest"
    return "could be deleted" if member.video_id in group.delete else "has more than the kept one"


def _place(member: RepeatMember, videos: Mapping[str, Video]) -> Place:
    video = videos.get(member.video_id)
    end_s = member.segment.end_s if video is None else min(member.segment.end_s, video.duration_s)
    return Place(member.video_id, member.segment.start_s, end_s)


def _shown(groups: int) -> int:
    asked = st.query_params.get("groups_shown", "")
    return min(groups, int(asked)) if asked.isdecimal() and len(asked) < 6 and int(asked) else PAGE


@action
def _more(shown: int) -> None:
    write({"groups_shown": str(shown)})


def repeats_table(groups: Sequence[RepeatGroup], videos: Mapping[str, Video]) -> pd.DataFrame:
    """Return one row a place of a group."""
    return pd.DataFrame(
        [
            (
                number,
                "copies" if group.kind == "videos" else "shots",
                videos[member.video_id].title if member.video_id in videos else "",
                round(member.segment.start_s, 3),
                round(member.segment.end_s, 3),
                _note(member, group),
                round(group.saved_minutes, 4),
                round(group.cosine, 4),
                member.video_id,
            )
            for number, group in enumerate(groups, 1)
            for member in group.members
        ],
        columns=[
            "group", "kind", "title", "start_s", "end_s", "advice", "group_saves_minutes",
            "least_cosine", "video_id",
        ],
    )  # fmt: skip
