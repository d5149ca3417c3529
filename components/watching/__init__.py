"""The Watch page: all videos to choose from, or one of them with everything that is known about it."""

from __future__ import annotations

from components.watching.choice import draw_choice
from components.watching.page import draw_video

__all__ = ["draw_choice", "draw_video"]
