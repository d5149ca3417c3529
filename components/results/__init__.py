"""The list of results: one component draws every card, plays it in the browser, and says what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.assets import build
from components.chosen import choose
from components.faults import action
from components.player import Cue, cue_of
from components.search_address import Place
from core.model import Clip, Image, Like, Moment, Results, Text

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Term, Video

_results: Final = build(
    "results",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/play.js",
    "results/card.js",
    "results/results.js",
    css=("shared/base.css", "results/results.css"),
)

PLACES: Final = {
    "visual": "picture",
    "audio": "sound",
    "transcription": "speech",
    "fused": "picture and sound",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for in the list: at most one of these, and only for one run."""

    sample: Place | None = None
    open: Place | None = None
    more: str | None = None


def result_list(data: Mapping[str, Any], *, key: str = "results") -> Asked:
    """Draw what `list_data` prepared; return what was asked for in this run.

    A chosen moment is in the player already; it is written into the address before anything is drawn.
    """

    def played() -> None:
        told = st.session_state[key].chosen
        if told:
            choose(_place(told), str(told["nonce"]))

    answer = _results(
        key=key,
        data=dict(data),
        on_chosen_change=action(played),
        on_sample_change=_nothing,
        on_open_change=_nothing,
        on_more_change=_nothing,
    )
    return Asked(
        sample=_place(answer.sample) if answer.sample else None,
        open=_place(answer.open) if answer.open else None,
        more=str(answer.more["video_id"]) if answer.more else None,
    )


def list_data(
    library: Library,
    results: Results,
    videos: Mapping[str, Video],
    current: Cue | None,
    *,
    hidden: bool = False,
) -> dict[str, Any]:
    """Return what the browser needs to draw these results; with ``hidden`` only how they were understood."""
    # A video may have been deleted since the search.
    moments = [moment for moment in results.moments if moment.video_id in videos]
    names = [term_name(report.term) for report in results.terms]
    more = dict(results.more_by_video)
    last = {moment.video_id: index for index, moment in enumerate(moments)}
    cards = [
        {
            **_card(library, videos[moment.video_id], moment, names),
            "more": more.get(moment.video_id, 0) if last[moment.video_id] == index else 0,
        }
        for index, moment in enumerate(moments)
    ]
    return {
        "line": "" if hidden else _line(moments, results),
        "chips": chips(results),
        "cards": [] if hidden else cards,
        "current": _current(current) if current is not None and not hidden else None,
    }


def chips(results: Results) -> list[dict[str, str]]:
    """Return how each term was taken, as (kind, text) for the row of chips."""
    made: list[dict[str, str]] = []
    for report in results.terms:
        if report.understood:
            made.append({"kind": "understood", "text": ", ".join(report.understood)})
        if report.ignored:
            made.append({"kind": "ignored", "text": ", ".join(report.ignored)})
        # Words that were all ignored are on their chip already.
        if report.matches_nothing and (report.understood or not report.ignored):
            made.append({"kind": "matches nothing", "text": report.message or term_name(report.term)})
    return made


def term_name(term: Term) -> str:
    """Return what to call a term of a query in one or two words."""
    match term:
        case Text(text=text):
            return text if len(text) <= 40 else f"{text[:39]}…"
        case Clip():
            return "sample clip"
        case Image():
            return "sample picture"
        case Like():
            return "sample moment"


def _card(library: Library, video: Video, moment: Moment, names: Sequence[str]) -> dict[str, Any]:
    cue = cue_of(library, video, moment.start_s, moment.end_s)
    parts = moment.hits[0].parts if moment.hits else ()
    return {
        "id": cue.nonce,
        "cue": asdict(cue),
        "band": moment.band,
        "score": moment.score,
        "details": [
            {
                "term": names[part.term] if part.term < len(names) else "",
                "modality": PLACES[part.modality],
                "cosine": part.cosine,
                "background": part.background,
                "value": part.value,
            }
            for part in parts
        ],
    }


def _line(moments: Sequence[Moment], results: Results) -> str:
    in_videos = len({moment.video_id for moment in moments})
    return (
        f"{len(moments)} {'moment' if len(moments) == 1 else 'moments'} in "
        f"{in_videos} {'video' if in_videos == 1 else 'videos'} · {results.took_ms:.0f} ms"
    )


def _current(cue: Cue) -> dict[str, Any]:
    return {"video_id": cue.video_id, "start_s": cue.start_s, "end_s": cue.end_s}


def _place(told: Mapping[str, Any]) -> Place:
    return Place(str(told["video_id"]), float(told["start_s"]), float(told["end_s"]))


def _nothing() -> None:
    """A trigger needs a callback; running the page again is all that it has to do."""
