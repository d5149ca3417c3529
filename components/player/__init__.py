"""The player: one video element that stays, and is told which moment to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.assets import build
from components.search_address import Place
from core.timecode import clock_of

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Video

_player: Final = build(
    "player",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/clipboard.js",
    "shared/film.js",
    "player/remembering.js",
    "player/marks.js",
    "player/reverse.js",
    "player/playhead.js",
    "player/source.js",
    "player/keys.js",
    "player/key_sheet.js",
    "player/strip.js",
    "player/sound.js",
    "player/controls.js",
    "player/player.js",
    css=("shared/base.css", "player/player.css", "player/strip.css", "player/controls.css"),
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
    counting: tuple[int, bool]
    """Label of the file's first frame in frames after 00:00:00:00, and whether labels are dropped."""
    poster: str
    subtitles: str | None
    nonce: str
    """A new one makes the player go there; the same one, however often it is sent, does nothing."""
    auto: bool = False
    """A suggestion: it never interrupts what is playing."""

    def told(self) -> dict[str, Any]:
        """Return it as the browser gets it; `asdict` would copy what is in it too, which takes longer."""
        return {name: getattr(self, name) for name in _CUE}


_CUE: Final = tuple(one.name for one in fields(Cue))


def cue_of(
    library: Library, video: Video, start_s: float, end_s: float, *, nonce: str = "", auto: bool = False
) -> Cue:
    """Return the cue of one moment of a video, with links that work now."""
    clock = clock_of(video.media)
    return Cue(
        video_id=video.id,
        title=video.title,
        src=library.play_link(video.id),
        start_s=start_s,
        end_s=end_s,
        frame_rate=(clock.rate.numerator, clock.rate.denominator),
        counting=(clock.start, clock.drop),
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


@dataclass(frozen=True, slots=True)
class Strip:
    """What is drawn under the picture of one video. Without bars it is a plain bar to seek on."""

    video_id: str
    label: str
    """What the bars say, as a sentence for people who do not see them."""
    bars: tuple[tuple[float, float, float], ...]
    """Start and end in seconds, half-open, and the calibrated score: 1 is a typical best match."""
    hits: tuple[tuple[float, float], ...]
    """Start and end in seconds of what was found."""
    film: dict[str, Any] | None
    """The small pictures, from `components.film.film_of`."""


def player(
    cue: Cue | None,
    *,
    key: str = "player",
    on_expired: Callable[[Expired], None],
    strip: Strip | None = None,
    on_keep: Callable[[Place], None] | None = None,
    keep_label: str = "Keep",
) -> None:
    """Draw the player.

    Where its link has expired, ``on_expired`` is called before the page is drawn again. A cue of the
    same moment with the same nonce then resumes at the position where it stopped. ``on_keep`` gets In and
    Out as they stand in the player; without it there is nothing to keep with.
    """

    def expired() -> None:
        told = st.session_state[key].expired
        if told:
            on_expired(
                Expired(
                    str(told["video_id"]), float(told["start_s"]), float(told["end_s"]), str(told["nonce"])
                )
            )

    def kept() -> None:
        told = st.session_state[key].keep
        if told and on_keep is not None:
            on_keep(Place(str(told["video_id"]), float(told["start_s"]), float(told["end_s"])))

    data = {
        "cue": cue.told() if cue is not None else None,
        "strip": asdict(strip) if strip is not None else None,
        "keep": keep_label if on_keep is not None else None,
    }
    _player(key=key, data=data, on_expired_change=expired, on_keep_change=kept)
