"""What a person should know about a file before they open it in an editing program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from core.export import names, rates
from core.export.events import EventList
from core.export.taking import Source, Take
from core.model import Shot

_NAMED: Final = 3


def left_out(shots: Iterable[Shot], takes: Sequence[Take]) -> list[str]:
    """Say which shots are not in the file because their video is gone."""
    written = {take.shot_id for take in takes}
    gone = [shot.title for shot in shots if shot.id not in written]
    if not gone:
        return []
    count = "A shot was" if len(gone) == 1 else f"{len(gone)} shots were"
    return [f"{count} left out, because the library no longer has the video: {_listed(gone)}."]


def about_sources(sources: Sequence[Source]) -> list[str]:
    """Say where media is missing, lies elsewhere, or counts frames in a way that programs do not know."""
    remarks: list[str] = []

    def say(which: Callable[[Source], bool], sentence: str) -> None:
        titles = [source.title for source in sources if which(source)]
        if titles:
            remarks.append(sentence.format(_listed(titles)))

    say(
        lambda source: source.media.missing,
        "The media is not where it was, and is named by its last known path: {}.",
    )
    say(
        lambda source: source.media.astray,
        "These lie outside of the folder that is relinked, so their paths are as they are here: {}.",
    )
    say(
        lambda source: source.media.copy and not source.media.missing,
        "These came as uploads or downloads, so the paths are those of the library's own copies; give a "
        "folder to relink to where the editing machine has the originals: {}.",
    )
    say(
        lambda source: source.variable,
        "The frame rate varies, so frames are counted at the average rate and may be a few off in an "
        "editing program: {}.",
    )
    say(
        lambda source: not source.variable and rates.named(source.probed_rate) is None,
        "Editing programs do not know the frame rate, so frames are counted at the nearest one that they "
        "know: {}.",
    )
    return remarks


def about_rates(events: EventList) -> list[str]:
    """Say that shots of another rate than the timeline's fill a rounded number of its frames."""
    others = sum(event.take.source.rate != events.rate for event in events.events)
    if not others:
        return []
    count = "One shot has" if others == 1 else f"{others} shots have"
    return [
        f"{count} another frame rate than the timeline, which counts at {rates.shown(events.rate)}: In is "
        "exact, and the length on the timeline is rounded to a frame."
    ]


def _listed(titles: Iterable[str]) -> str:
    different = list(dict.fromkeys(names.line(title) or "Untitled" for title in titles))
    more = len(different) - _NAMED
    listed = ", ".join(f"“{title}”" for title in different[:_NAMED])
    return f"{listed} and {more} more" if more > 0 else listed
