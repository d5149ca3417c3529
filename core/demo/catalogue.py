"""The demo clips: what each shows, sounds like, and what is written about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from core.demo import sounds
from core.demo.canvas import Shot
from core.demo.scenes import alpine, campfire, harbour, storm, studio, traffic
from core.demo.sounds import Sound
from core.embedding.port import Cue
from core.errors import NotFound
from core.model import Segment


@dataclass(frozen=True, slots=True)
class DemoClip:
    """One clip that Cuepoint draws itself."""

    name: str
    title: str
    category: str
    tags: tuple[str, ...]
    recorded_at: datetime
    shots: tuple[Shot, ...]
    sound: Callable[[float], Sound]
    said: tuple[tuple[float, float, str], ...]
    """Subtitles: (start_s, end_s, text)."""

    @property
    def duration_s(self) -> float:
        return sum(shot.seconds for shot in self.shots)

    @property
    def cues(self) -> tuple[Cue, ...]:
        return tuple(Cue(Segment(start_s, end_s), text) for start_s, end_s, text in self.said)


def demo_clips() -> tuple[DemoClip, ...]:
    """Return the clips in the order in which they are added."""
    return _CLIPS


def demo_clip(name: str) -> DemoClip:
    """Return the clip of this name. Raises: NotFound."""
    for clip in _CLIPS:
        if clip.name == name:
            return clip
    raise NotFound("There is no demo clip of this name.")


def _on(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


_CLIPS: Final = (
    DemoClip(
        "harbour",
        "Harbour at night",
        "City",
        ("harbour", "boats", "moon"),
        _on(9, 4, 21),
        harbour.SHOTS,
        sounds.waves,
        (
            (1, 5, "The lighthouse turns once in five seconds."),
            (10, 14, "Below it, the old pier."),
            (24, 28, "The last boat comes home."),
        ),
    ),
    DemoClip(
        "campfire",
        "Campfire",
        "Nature",
        ("camp", "evening"),
        _on(9, 12, 20),
        campfire.SHOTS,
        sounds.crackle,
        (
            (1, 5, "We lit it with a single match."),
            (11, 15, "Mind the sparks!"),
            (19, 23, "Only embers are left."),
        ),
    ),
    DemoClip(
        "traffic",
        "City traffic",
        "City",
        ("cars", "street"),
        _on(10, 1, 8),
        traffic.SHOTS,
        sounds.engines,
        (
            (1, 4, "Rush hour, four lanes."),
            (8, 11, "Two red cars in a row."),
            (14, 17, "Here comes the taxi."),
            (20, 24, "And off we go, faster and faster."),
        ),
    ),
    DemoClip(
        "alpine",
        "Alpine morning",
        "Nature",
        ("mountains", "meadow", "travel"),
        _on(7, 19, 7),
        alpine.SHOTS,
        sounds.melody,
        (
            (1, 5, "The valley wakes up."),
            (11, 15, "Wind in the meadow."),
            (18, 23, "And there is the summit."),
        ),
    ),
    DemoClip(
        "storm",
        "Storm over the fields",
        "Nature",
        ("weather", "rain", "lightning"),
        _on(8, 2, 17),
        storm.SHOTS,
        sounds.thunder,
        (
            (1, 4, "Lightning, very near."),
            (9, 13, "Count the seconds until the thunder."),
            (16, 20, "The puddle on the path grows."),
        ),
    ),
    DemoClip(
        "studio",
        "Studio test",
        "Studio",
        ("calibration",),
        _on(6, 1, 10),
        studio.SHOTS,
        sounds.beeps_then_silence,
        (
            (0.5, 3, "Stand by for the count-down."),
            (5.5, 9, "Colour bars and tone."),
            (11, 14, "Cards, without sound."),
        ),
    ),
)
