"""A whole list of results as the browser draws it: a line, chips, and cards or groups by video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from components.clock import clock
from components.formats import counted
from components.player import Cue
from components.results.cards import Cues, card, part_sums
from components.results.naming import step_names, step_of_term, term_names
from core.model import Moment, Query, Results, Video

if TYPE_CHECKING:
    from components.search_address import View
    from core.library import Library


def list_data(
    library: Library,
    query: Query,
    results: Results,
    videos: Mapping[str, Video],
    current: Cue | None,
    *,
    view: View = "moments",
    hidden: bool = False,
    play: Cue | None = None,
) -> dict[str, Any]:
    """Return what the browser needs to draw these results; with ``hidden`` only how they were understood.

    ``play`` is played at once, as a click on its card would. A table is drawn by others: here it is only
    the line and the chips.
    """
    cues = Cues(library, videos)
    moments = [moment for moment in results.moments if cues.knows(moment)]
    steps = step_names(query, videos)
    cards = [] if hidden or view == "table" else [card(cues, moment, steps) for moment in moments]
    more = {video_id: number for video_id, number in results.more_by_video if number}
    grouped = view == "videos"
    return {
        "line": "" if hidden else line(moments, results),
        "chips": chips(query, results, videos),
        "terms": term_names(query, videos),
        "steps": steps,
        "scale": max([1.0, *(abs(value) for one in moments for value in part_sums(one).values())]),
        "cards": [] if grouped else _with_more(moments, cards, more),
        "groups": _groups(library, cards, videos, more) if grouped else [],
        "current": _place(current) if current is not None and not hidden else None,
        "play": play.told() if play is not None else None,
    }


def chips(query: Query, results: Results, videos: Mapping[str, Video]) -> list[dict[str, str]]:
    """Return how each term was taken, as (kind, text) for the row of chips; a step says which it is."""
    made: list[dict[str, str]] = []
    names, steps = term_names(query, videos), step_of_term(query)
    for name, step, report in zip(names, steps, results.terms, strict=False):
        where = f"step {step + 1}: " if query.then else ""
        if report.understood:
            made.append({"kind": "understood", "text": where + ", ".join(report.understood)})
        if report.ignored:
            made.append({"kind": "ignored", "text": where + ", ".join(report.ignored)})
        # Words that were all ignored are on their chip already.
        if report.matches_nothing and (report.understood or not report.ignored):
            made.append({"kind": "matches nothing", "text": where + (report.message or name)})
    return made


def line(moments: Sequence[Moment], results: Results) -> str:
    """Return how much was found, in how many videos and how fast."""
    in_videos = counted(len({moment.video_id for moment in moments}), "video")
    return f"{counted(len(moments), 'moment')} in {in_videos} · {results.took_ms:.0f} ms"


def _with_more(
    moments: Sequence[Moment], cards: Sequence[dict[str, Any]], more: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return the cards, the last one of each video with how many more the video has."""
    last = {moment.video_id: index for index, moment in enumerate(moments)}
    return [
        {**one, "more": more.get(one["cue"]["video_id"], 0) if last[one["cue"]["video_id"]] == index else 0}
        for index, one in enumerate(cards)
    ]


def _groups(
    library: Library, cards: Sequence[dict[str, Any]], videos: Mapping[str, Video], more: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return the videos in the order of their best moment, each with its moments in the order of the list."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in cards:
        found.setdefault(one["cue"]["video_id"], []).append(one)
    return [
        {
            "id": f"video {video_id}",
            "video_id": video_id,
            "title": videos[video_id].title,
            "below": " · ".join(
                part for part in (videos[video_id].category, clock(videos[video_id].duration_s)) if part
            ),
            "poster": library.poster_link(video_id),
            "tiles": [{name: one[name] for name in ("id", "cue", "band", "film")} for one in group],
            "more": more.get(video_id, 0),
        }
        for video_id, group in found.items()
    ]


def _place(cue: Cue) -> dict[str, Any]:
    return {"video_id": cue.video_id, "start_s": cue.start_s, "end_s": cue.end_s}
