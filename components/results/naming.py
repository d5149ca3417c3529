"""What the terms and the steps of a query are called in one or two words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from components.clock import clock
from core.model import Clip, Image, Like, Modality, Query, Text

if TYPE_CHECKING:
    from core.model import Term, Video

LONGEST: Final = 40
PLACES: Final[Mapping[Modality, str]] = {
    "visual": "picture",
    "audio": "sound",
    "transcription": "speech",
    "fused": "picture and sound",
}


def term_name(term: Term, videos: Mapping[str, Video]) -> str:
    """Return what to call a term; what is looked for less says so."""
    less = term.weight < 0
    match term:
        case Text(text=text):
            return f"without {_short(text)}" if less else _short(text)
        case Clip():
            return "less like the clip" if less else "sample clip"
        case Image():
            return "less like the picture" if less else "sample picture"
        case Like():
            video = videos.get(term.video_id)
            title = "a removed video" if video is None else _short(video.title)
            return f"{'less' if less else 'more'} like {title} {clock(term.start_s)}"


def term_names(query: Query, videos: Mapping[str, Video]) -> list[str]:
    """Return the names of all terms, in the order of `Query.all_terms`."""
    return [term_name(term, videos) for term in query.all_terms]


def step_names(query: Query, videos: Mapping[str, Video]) -> list[str]:
    """Return the names of the steps of a sequence, by what each looks for; empty where it is none."""
    if not query.then:
        return []
    return [_together(terms, videos) for terms in (query.terms, *(then.terms for then in query.then))]


def step_of_term(query: Query) -> list[int]:
    """Return for each of `Query.all_terms` the step that it belongs to."""
    steps = (query.terms, *(then.terms for then in query.then))
    return [step for step, terms in enumerate(steps) for _ in terms]


def _together(terms: Sequence[Term], videos: Mapping[str, Video]) -> str:
    wanted = [term_name(term, videos) for term in terms if term.weight > 0]
    return _short(" + ".join(wanted)) or "anything"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
