"""The words of the field: plain frozen values that every part of Cuepoint speaks in.

Seconds are floats named ``*_s``; storage keys are integers named ``*_ms``; frame rates are exact
fractions. Every interval is half-open: ``[start_s, end_s)``.
"""

from core.model.exports import ClipRun, Exported, ExportFormat, ExportOptions
from core.model.queries import (
    Band,
    Clip,
    Filters,
    Hit,
    Image,
    Like,
    Moment,
    Part,
    Query,
    Results,
    Term,
    TermReport,
    Text,
    Then,
)
from core.model.searches import SavedSearch
from core.model.shots import Shot, ShotList
from core.model.sprites import Sprites
from core.model.vectors import MODALITIES, Embedding, Modality, Scope, Segment, Space, Vector
from core.model.videos import ENDED_STATES, RUNNING_STATES, Batch, Job, JobState, MediaInfo, Ticket, Video

__all__ = [
    "ENDED_STATES",
    "MODALITIES",
    "RUNNING_STATES",
    "Band",
    "Batch",
    "Clip",
    "ClipRun",
    "Embedding",
    "ExportFormat",
    "ExportOptions",
    "Exported",
    "Filters",
    "Hit",
    "Image",
    "Job",
    "JobState",
    "Like",
    "MediaInfo",
    "Modality",
    "Moment",
    "Part",
    "Query",
    "Results",
    "SavedSearch",
    "Scope",
    "Segment",
    "Shot",
    "ShotList",
    "Space",
    "Sprites",
    "Term",
    "TermReport",
    "Text",
    "Then",
    "Ticket",
    "Vector",
    "Video",
]
