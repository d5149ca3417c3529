"""What a shot list becomes when it leaves: files for editing programs, and cut clips."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

ExportFormat: TypeAlias = Literal["edl", "fcp7", "fcpxml", "otio", "csv", "json"]
ClipRunState: TypeAlias = Literal["running", "ready", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How a shot list is written."""

    handles: int = 0
    """Extra frames on each side of every shot, as far as the file has them."""
    record_start_h: int = 1
    """Hour at which the timeline's own timecode begins: 0 or 1."""
    rate: Fraction | None = None
    """Frames a second of the timeline; None takes the rate that most of the shots have."""
    relink_from: str = ""
    """Beginning of the paths here that is replaced; empty keeps only the file names."""
    relink_to: str = ""
    """Folder in which the editing machine finds the media; empty leaves the paths as they are here."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One file to carry away."""

    name: str
    media_type: str
    content: bytes
    remarks: tuple[str, ...] = ()
    """What a person should know: shots left out, rates that differ, media that is missing."""


@dataclass(frozen=True, slots=True)
class ClipRun:
    """Clips of one shot list being cut into a zip file."""

    id: str
    list_id: str
    name: str
    """Of the zip file."""
    state: ClipRunState = "running"
    progress: float = 0.0
    """0 to 1 over all clips."""
    done: int = 0
    total: int = 0
    message: str | None = None
    """Why it failed, or what was left out."""
    size_bytes: int = 0
    """Of the finished file."""
