"""The part of the façade that keeps moments: shot lists, the user's own."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from core.catalog.shot_lists import NewShot, shot_gone
from core.errors import InputRefused
from core.media.names import clean_text
from core.model import Shot, ShotList, Video
from core.parts import Parts
from core.timecode import clock_of

LONGEST_NAME: Final = 100
LONGEST_NOTE: Final = 2_000
FIRST_NAME: Final = "Shot list"
"""What a list is called that was given no name."""


class LibraryShots:
    """Shot lists. In and Out lie on the frames of the file; every change returns the list as it is now."""

    _parts: Parts

    def shot_lists(self) -> list[ShotList]:
        """Return all lists with their shots, the last changed first."""
        return self._parts.catalog.shot_lists()

    def shot_list(self, list_id: str) -> ShotList:
        """Return one list. Raises: NotFound."""
        return self._parts.catalog.shot_list(list_id)

    def create_shot_list(self, name: str = FIRST_NAME) -> ShotList:
        """Begin a list; a name that another list has gets a number behind it."""
        return self._parts.catalog.add_shot_list(clean_text(name, LONGEST_NAME) or FIRST_NAME)

    def rename_shot_list(self, list_id: str, name: str) -> ShotList:
        """Give a list another name. Raises: NotFound, InputRefused for an empty one."""
        named = clean_text(name, LONGEST_NAME)
        if not named:
            raise InputRefused("A shot list needs a name. Type one, then save it.")
        return self._parts.catalog.rename_shot_list(list_id, named)

    def delete_shot_list(self, list_id: str) -> None:
        """Remove a list with its shots; one that is gone already stays gone."""
        self._parts.catalog.delete_shot_list(list_id)

    def keep_shots(
        self, list_id: str, places: Sequence[tuple[str, float, float]], note: str = ""
    ) -> ShotList:
        """Put moments, each (video_id, start_s, end_s), at the end of a list.

        In and Out move outwards to whole frames and stay within the file. A moment that the list has with
        the same In and Out is not doubled. Raises: NotFound for the list or a video, InputRefused for an Out
        that is not after its In and where the list would grow too long.
        """
        videos = {video_id: self._parts.catalog.video(video_id) for video_id, _, _ in places}
        text = clean_text(note, LONGEST_NOTE)
        new = [
            NewShot(video_id, videos[video_id].title, *on_frames(videos[video_id], start_s, end_s), text)
            for video_id, start_s, end_s in places
        ]
        return self._parts.catalog.add_shots(list_id, new)

    def change_shot(
        self,
        list_id: str,
        shot_id: str,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        note: str | None = None,
        rating: int | None = None,
    ) -> ShotList:
        """Change In, Out, note or rating (0 to 5) of a shot; None leaves them as they are.

        Raises: NotFound, InputRefused for an Out that is not after In, a rating outside of its range, and
        where In or Out of a shot is to change whose video was deleted.
        """
        values: dict[str, Any] = {}
        if note is not None:
            values["note"] = clean_text(note, LONGEST_NOTE)
        if rating is not None:
            if not 0 <= rating <= 5:
                raise InputRefused("A rating is between 1 and 5 stars, or none.")
            values["rating"] = rating
        video = self._parts.catalog.find(_shot(self.shot_list(list_id), shot_id).video_id)
        moves = start_s is not None or end_s is not None
        if moves and video is None:
            raise InputRefused(
                "The video of this shot was deleted, so In and Out cannot change. Add the video again."
            )

        def change(shot: Shot) -> Shot:
            # The other end is the one that the shot has now: somebody else may have moved it just before.
            if moves and video is not None:
                first_s = shot.start_s if start_s is None else start_s
                after_s = shot.end_s if end_s is None else end_s
                values["start_s"], values["end_s"] = on_frames(video, first_s, after_s)
            return replace(shot, title=video.title if video is not None else shot.title, **values)

        return self._parts.catalog.edit_shot(list_id, shot_id, change)

    def order_shots(self, list_id: str, shot_ids: Sequence[str]) -> ShotList:
        """Put shots in this order; those that are not named follow as they were. Raises: NotFound."""
        return self._parts.catalog.order_shots(list_id, shot_ids)

    def remove_shots(self, list_id: str, shot_ids: Collection[str]) -> ShotList:
        """Take shots out of a list. Raises: NotFound for the list."""
        return self._parts.catalog.remove_shots(list_id, shot_ids)

    def restore_shots(self, list_id: str, shots: Sequence[tuple[int, Shot]]) -> ShotList:
        """Put removed shots back at their positions, counted from 0. Raises: NotFound, InputRefused."""
        return self._parts.catalog.restore_shots(list_id, shots)


def on_frames(video: Video, start_s: float, end_s: float) -> tuple[float, float]:
    """Return In and Out on the frames of a file and within it, at least one frame apart.

    A file whose frames come at varying intervals has no such grid: there the times stay as they are.
    Raises: InputRefused where Out is not after In, or either is no time.
    """
    if not (math.isfinite(start_s) and math.isfinite(end_s)):
        raise InputRefused("In and Out have to be times.")
    if end_s <= start_s:
        raise InputRefused("Out has to come after In. Move one of them.")
    clock = clock_of(video.media)
    last = clock.frames(0.0, video.duration_s)[1]
    if video.media.variable_frame_rate:
        frame_s = float(1 / Fraction(clock.rate))
        first_s = min(max(0.0, start_s), max(0.0, video.duration_s - frame_s))
        return first_s, max(min(end_s, video.duration_s), first_s + frame_s)
    first, after = clock.frames(start_s, end_s)
    first = min(first, last - 1)
    return clock.seconds_at(first), clock.seconds_at(min(max(after, first + 1), last))


def _shot(kept: ShotList, shot_id: str) -> Shot:
    found = next((shot for shot in kept.shots if shot.id == shot_id), None)
    if found is None:
        raise shot_gone()
    return found
