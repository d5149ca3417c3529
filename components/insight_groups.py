"""Groups: what there is much of, with the moments that show it best, and what can be made of a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from components.faults import action
from components.formats import counted, minutes
from components.frame import quiet
from components.insight_choice import MOST_EXAMPLES, place_of
from components.insight_downloads import table_button
from components.insight_group_actions import draw_group_actions, draw_vocabulary
from components.insight_progress import insight
from components.insight_subjects import Group, Groups
from components.markup import plain
from components.moments import Shown, moment_row
from components.search_parameters import follow, write
from core.library_insights import MOST_GROUPS

if TYPE_CHECKING:
    from core.library import Library
    from core.library_insights import Cluster, Clustering, Mixture
    from core.model import Video
    from core.model.insights import ClusterName, Points, Selection

PAGE: Final = 10
AUTOMATIC: Final = 0
_NAMED: Final = 3


def draw_groups(library: Library, selection: Selection, points: Points, videos: Mapping[str, Video]) -> None:
    """Draw the section."""
    k = k_control()
    found = insight(library, lambda: library.clusters(selection, k), key="clusters")
    if found is None:
        return
    if not found.clusters:
        st.info(
            "No groups stand out: these segments are all alike, or all different. Choose a number of groups "
            "to divide them anyway.",
            icon=":material/scatter_plot:",
        )
        return
    names = library.cluster_names(selection, k)
    _said(found, points)
    draw_vocabulary(library)
    shown = _shown(len(found.clusters))
    for cluster, name in list(zip(found.clusters, names, strict=True))[:shown]:
        with st.container(border=True, key=f"group_{cluster.id}"):
            _group(library, selection, k, points, videos, cluster, name)
    with st.container(horizontal=True):
        if shown < len(found.clusters):
            st.button("Show more", key="groups_more", on_click=_more, args=(shown + PAGE,))
        table_button(groups_table(found, names, videos), "groups", key="groups_csv", what="all groups")


def followed_groups(library: Library, selection: Selection) -> Groups:
    """Return the groups that trends can follow, without waiting: none until they have been found."""
    k = chosen_k()
    found = library.clusters(selection, k).result
    landscape = library.survey(selection).result
    if found is None or landscape is None:
        return Groups(k, ())
    names = library.cluster_names(selection, k)
    return Groups(
        k,
        tuple(
            Group(
                cluster.id,
                name.title(cluster.id),
                tuple(place_of(landscape.points, row) for row in cluster.medoids[:MOST_EXAMPLES]),
            )
            for cluster, name in zip(found.clusters, names, strict=True)
        ),
    )


def chosen_k() -> int | None:
    """Return how many groups the address asks for; None for as many as there are."""
    told = st.query_params.get("k", "")
    return int(told) if told.isdecimal() and len(told) < 3 and 2 <= int(told) <= MOST_GROUPS else None


def k_control() -> int | None:
    """Draw the choice of how many groups; return it."""
    k = chosen_k()

    def changed() -> None:
        picked = st.session_state["insight_k"]
        write({"k": str(picked) if picked else None, "shown": None})

    with st.container(key="groups_k", width=200):
        st.selectbox(
            "Number of groups",
            [AUTOMATIC, *range(2, MOST_GROUPS + 1)],
            format_func=lambda one: str(one) if one else "As many as there are",
            index=follow("insight_k", k or AUTOMATIC) and (k or 1) - 1,
            key="insight_k",
            on_change=action(changed),
        )
    return k


def _said(found: Clustering, points: Points) -> None:
    alone = found.without_group
    left = f", {counted(alone, 'segment')} in none" if alone else ""
    sample = "" if found.compared >= len(points) else f" Found among {found.compared:,} of them."
    quiet(f"{counted(len(found.clusters), 'group')} of {counted(len(points), 'segment')}{left}.{sample}")


def _group(
    library: Library,
    selection: Selection,
    k: int | None,
    points: Points,
    videos: Mapping[str, Video],
    cluster: Cluster,
    name: ClusterName,
) -> None:
    places = [place_of(points, row) for row in cluster.medoids]
    st.markdown(
        f"**{plain(name.title(cluster.id))}** &nbsp; {counted(cluster.size, 'segment')}, "
        f"{plain(minutes(cluster.minutes))}"
    )
    quiet(mixture_line(cluster, {video.id: video.title for video in videos.values()}))
    moment_row(
        library,
        videos,
        [Shown(place) for place in places],
        label=f"Group {cluster.id + 1}: what shows it best",
        key=f"group_moments_{cluster.id}",
    )
    draw_group_actions(library, selection, k, cluster.id, name, places)


def mixture_line(cluster: Cluster, titles: Mapping[str, str]) -> str:
    """Return in words how a group is spread over videos and categories."""
    in_videos = _spread(cluster.videos, "video", "videos", titles)
    in_categories = _spread(cluster.categories, "category", "categories", {"": "without category"})
    return f"{in_videos} · {in_categories}"


def _spread(mixture: Mixture, one: str, many: str, names: Mapping[str, str]) -> str:
    shown = [f"{names.get(name, name)} {share:.0%}" for name, share in mixture.top[:_NAMED]]
    rest = "" if mixture.names <= _NAMED else ", …"
    return f"{counted(mixture.names, one, many)}: {', '.join(shown)}{rest}"


def _shown(many: int) -> int:
    told = st.query_params.get("shown", "")
    return min(many, max(PAGE, int(told))) if told.isdecimal() and len(told) < 6 else min(many, PAGE)


@action
def _more(shown: int) -> None:
    write({"shown": str(shown)})


def groups_table(
    found: Clustering, names: Sequence[ClusterName], videos: Mapping[str, Video]
) -> pd.DataFrame:
    """Return one row a group, the largest first."""
    return pd.DataFrame(
        [
            (
                cluster.id + 1,
                name.title(cluster.id),
                cluster.size,
                round(cluster.minutes, 4),
                cluster.videos.names,
                round(cluster.videos.mixed, 4),
                cluster.categories.names,
                round(cluster.categories.mixed, 4),
                round(cluster.spread, 4),
                ", ".join(name.words),
                videos[cluster.videos.top[0][0]].title if cluster.videos.top[0][0] in videos else "",
            )
            for cluster, name in zip(found.clusters, names, strict=True)
        ],
        columns=[
            "group", "name", "segments", "minutes", "videos", "mixed_over_videos", "categories",
            "mixed_over_categories", "spread", "words", "most_in_video",
        ],
    )  # fmt: skip
