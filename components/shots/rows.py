"""A shot list as the browser draws it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from components.clock import clock
from components.formats import counted
from components.results.cards import Cues
from core.errors import NotFound
from core.timecode import DROP_FRAME_RATES, clock_of, label

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Shot, ShotList, Video

GONE: Final = "The library no longer has this video. Add the same file again, and the shot is whole."
MISSING: Final = "The file is not where it was. Find it on the Library page before clips are cut."
_USUAL_RATE: Final = Fraction(25)


def list_data(
    library: Library,
    shots: ShotList,
    videos: Mapping[str, Video],
    *,
    missing: Collection[str],
    answers: Mapping[str, str],
    rate: Fraction | None,
) -> dict[str, Any]:
    """Return what the browser needs to draw a list.

    ``videos`` are those that are still there, ``missing`` the ids of those that lack their file.
    ``answers`` says by its id what became of each change that the browser sent: a sentence where it was
    refused. The whole length is counted at ``rate``, or at the rate that most of the shots have.
    """
    cues = Cues(library, videos)
    return {
        "list_id": shots.id,
        "version": shots.version,
        "label": f"Shots of {shots.name}",
        "line": total_line(shots, videos, rate),
        "answers": dict(answers),
        "shots": [_row(cues, shot, videos.get(shot.video_id), missing) for shot in shots.shots],
    }


def known_videos(library: Library, shots: ShotList) -> dict[str, Video]:
    """Return the videos of a list by their ids, without those that are gone."""
    known: dict[str, Video] = {}
    for video_id in {shot.video_id for shot in shots.shots}:
        try:
            known[video_id] = library.video(video_id)
        except NotFound:
            continue
    return known


def total_line(shots: ShotList, videos: Mapping[str, Video], rate: Fraction | None) -> str:
    """Return how many shots there are and how long they are together, as clock and in frames."""
    if not shots.shots:
        return ""
    rates = Counter(
        clock_of(videos[one.video_id].media).rate for one in shots.shots if one.video_id in videos
    )
    rate = rate or (rates.most_common(1)[0][0] if rates else _USUAL_RATE)
    length = sum((_length(shot, videos.get(shot.video_id)) for shot in shots.shots), Fraction(0))
    frames = round(length * rate)
    timecode = label(frames, rate, drop=rate in DROP_FRAME_RATES)
    whole = f"{timecode} at {shown_rate(rate)} fps"
    return " · ".join((counted(len(shots.shots), "shot"), clock(float(frames / rate)), whole))


def shown_rate(rate: Fraction) -> str:
    """Return a frame rate as people say it: 25, 23.976, 29.97."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _length(shot: Shot, video: Video | None) -> Fraction:
    if video is None:
        return Fraction(shot.end_s) - Fraction(shot.start_s)
    counting = clock_of(video.media)
    first, after = counting.frames(shot.start_s, shot.end_s)
    return (after - first) / counting.rate


def _row(cues: Cues, shot: Shot, video: Video | None, missing: Collection[str]) -> dict[str, Any]:
    written = {"id": shot.id, "note": shot.note, "rating": shot.rating}
    if video is None:
        return {
            **written,
            "title": shot.title,
            "category": "",
            "cue": None,
            "film": None,
            "in": clock(shot.start_s),
            "out": clock(shot.end_s),
            "length": clock(shot.end_s - shot.start_s),
            "problem": GONE,
        }
    counting = clock_of(video.media)
    first, after = counting.frames(shot.start_s, shot.end_s)
    cue = cues.cue(video.id, shot.start_s, shot.end_s)
    return {
        **written,
        "title": video.title,
        "category": video.category or "",
        "cue": cue.told(),
        "film": cues.film(cue),
        "in": counting.label(first),
        "out": counting.label(after),
        "length": label(after - first, counting.rate, drop=counting.drop),
        "problem": MISSING if video.id in missing else "",
    }
