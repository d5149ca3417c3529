"""The player: one video element that stays, and is told which moment to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.assets import build

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

_player: Final = build(
    "player",
    "shared/timecode.js",
    "shared/dom.js",
    "player/playhead.js",
    "player/source.js",
    "player/keys.js",
    "player/player.js",
    css=("shared/base.css", "player/player.css"),
    html="player/player.html",
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A moment for the player to show."""

    video_id: str
    title: str
    src: str
    start_s: float
    end_s: float
    frame_rate: tuple[int, int]
    poster: str
    subtitles: str | None
    nonce: str
    """A new one makes the player go there; the same one, however often it is sent, does nothing."""
    auto: bool = False
    """A suggestion: it never interrupts what is playing."""


def cue_of(
    library: Library, video: Video, start_s: float, end_s: float, *, nonce: str = "", auto: bool = False
) -> Cue:
    """Return the cue of one moment of a video, with links that work now."""
    rate = video.media.frame_rate or Fraction(25)
    return Cue(
        video_id=video.id,
        title=video.title,
        src=library.play_link(video.id),
        start_s=start_s,
        end_s=end_s,
        frame_rate=(rate.numerator, rate.denominator),
        poster=library.thumbnail_link(video.id, (start_s + end_s) / 2),
        subtitles=library.subtitles_link(video.id),
        nonce=nonce or f"{video.id}@{start_s:.3f}-{end_s:.3f}",
        auto=auto,
    )


@dataclass(frozen=True, slots=True)
class Expired:
    """The link of the moment in the player no longer works; draw the page with new ones."""

    video_id: str
    start_s: float
    end_s: float
    nonce: str


def player(cue: Cue | None, *, key: str = "player", on_expired: Callable[[Expired], None]) -> None:
    """Draw the player.

    Where its link has expired, ``on_expired`` is called before the page is drawn again. A cue of the
    same moment with the same nonce then resumes at the position where it stopped.
    """

    def expired() -> None:
        told = st.session_state[key].expired
        if told:
            on_expired(
                Expired(
                    str(told["video_id"]), float(told["start_s"]), float(told["end_s"]), str(told["nonce"])
                )
            )

    _player(key=key, data={"cue": asdict(cue) if cue is not None else None}, on_expired_change=expired)
