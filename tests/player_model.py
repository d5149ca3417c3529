"""What a source monitor has to do with each key and press, as plain arithmetic on whole frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

RATE = 25
SLACK = 4 * RATE
"""Frames that may go by between a key that plays and the one that stops it, on a busy machine."""


@dataclass
class PlayerModel:
    """Where the player stands while it is paused."""

    video: str
    duration_s: float
    start_s: float
    end_s: float
    frame: int
    mode: str = "stop"
    muted: bool = False
    given: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        self.given = (self.start_s, self.end_s)

    @property
    def last(self) -> int:
        return math.floor((self.duration_s - 0.5 / RATE) * RATE + 1e-6)

    @property
    def first_inside(self) -> int:
        return min(self.last, math.floor(self.start_s * RATE + 0.02))

    @property
    def last_inside(self) -> int:
        """The last frame of which some lies before Out."""
        return max(self.first_inside, math.ceil((min(self.end_s, self.duration_s) - 0.001) * RATE) - 1)

    # -- keys that land on a frame --

    def press(self, key: str) -> None:
        """Do what a key does that leaves the player paused."""
        match key:
            case ",":
                self.go(self.frame - 1)
            case ".":
                self.go(self.frame + 1)
            case "ArrowLeft":
                self.go(self.frame - RATE)
            case "ArrowRight":
                self.go(self.frame + RATE)
            case "Home":
                self.go(0)
            case "End":
                self.go(self.last)
            case "Shift+I":
                self.go(self.first_inside)
            case "Shift+O":
                self.go(self.last_inside)
            case "i":
                self.start_s = self.frame / RATE
                if self.end_s <= self.start_s + 1e-4:
                    self.end_s = self.duration_s
            case "o":
                self.end_s = (self.frame + 1) / RATE
                if self.start_s >= self.end_s - 1e-4:
                    self.start_s = 0.0
            case "x":
                self.start_s, self.end_s = self.given
            case "m":
                self.muted = not self.muted
            case _:
                raise ValueError(key)

    def go(self, frame: int) -> None:
        self.frame = max(0, min(self.last, frame))

    # -- keys that play until somebody stops --

    def may_stop_at(self, key: str, frame: int) -> bool:
        """Return whether playing by this key, then stopping soon after, can end on this frame."""
        if key == "j":
            return max(0, self.frame - SLACK) <= frame <= self.frame
        inside = self.first_inside <= self.frame <= self.last_inside
        begins = [self.first_inside] if key == "p" else [self.frame]
        if key != "p" and inside and self.mode != "play_on" and self.frame >= self.last_inside:
            begins = [self.first_inside]  # At Out it begins again.
        if key != "p" and self.frame >= self.last - 1:
            begins.append(self.first_inside)  # So it does where the file has ended.
        if self.mode == "loop" and inside:
            begins.append(self.first_inside)
        bounded = key == "p" or (inside and self.mode != "play_on")
        most = self.last_inside if bounded else self.last
        return any(begin <= frame <= min(begin + SLACK, most) for begin in begins)

    def differs(self, state: dict[str, Any]) -> str | None:
        """Return what the player's own account says otherwise, None where all is the same."""
        mine = {"video": self.video, "frame": self.frame, "mode": self.mode, "muted": self.muted}
        wrong = {name: (value, state[name]) for name, value in mine.items() if state[name] != value}
        for name, value in (("in", self.start_s), ("out", self.end_s)):
            if abs(state[name] - value) > 0.0005:
                wrong[name] = (value, state[name])
        if state["playing"] or state["reverse"] or state["shuttle"] != 1:
            wrong["playing"] = (False, state)
        return str(wrong) if wrong else None
