"""The stand-in's shot lists: kept in a dictionary, exported for real, cut to clips as tests say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.catalog.searches import free_name
from core.errors import InputRefused, NotFound
from core.export.exporting import export
from core.model import ClipRun, Exported, ExportFormat, ExportOptions, Shot, ShotList, Video
from core.timecode import clock_of


class StandInShots:
    """The part of the façade that keeps, exports and cuts shots; times come from a clock of its own."""

    calls: list[tuple[Any, ...]]
    folder: Path
    _videos: dict[str, Video]

    def reset_shots(self) -> None:
        self._lists: dict[str, ShotList] = {}
        self._ticks = 0
        self.runs: list[ClipRun] = []

    def arrange_shots(self, asked: dict[str, Any]) -> None:
        """Do what a test in another process asks for: ``shots`` is a name and places, ``run`` changes."""
        if "shots" in asked:
            name, places = asked["shots"]
            ids = {video.title: video.id for video in self._videos.values()}
            made = self.create_shot_list(name)
            self.keep_shots(made.id, [(ids[title], start_s, end_s) for title, start_s, end_s in places])
        if "run" in asked and self.runs:
            self.runs[0] = replace(self.runs[0], **asked["run"])
        if "delete" in asked:
            self._videos.pop(next(v.id for v in self._videos.values() if v.title == asked["delete"]))

    def told_shots(self) -> list[dict[str, Any]]:
        """Return the lists as a test in another process reads them."""
        return [
            {
                "id": one.id,
                "name": one.name,
                "shots": [
                    {
                        "id": shot.id,
                        "title": shot.title,
                        "start_s": shot.start_s,
                        "end_s": shot.end_s,
                        "note": shot.note,
                        "rating": shot.rating,
                    }
                    for shot in one.shots
                ],
            }
            for one in self.shot_lists()
        ]

    # -- the façade: lists --

    def shot_lists(self) -> list[ShotList]:
        return sorted(self._lists.values(), key=lambda one: one.updated_at, reverse=True)

    def shot_list(self, list_id: str) -> ShotList:
        if list_id not in self._lists:
            raise NotFound("This shot list is no longer here. Choose another one.")
        return self._lists[list_id]

    def create_shot_list(self, name: str) -> ShotList:
        now = self._tick()
        named = free_name(name.strip() or "Shot list", [one.name for one in self._lists.values()])
        made = ShotList(f"list{self._ticks}", named, now, now)
        self._lists[made.id] = made
        return made

    def rename_shot_list(self, list_id: str, name: str) -> ShotList:
        if not name.strip():
            raise InputRefused("A shot list needs a name. Write one, then save it.")
        taken = [one.name for one in self._lists.values() if one.id != list_id]
        return self._written(replace(self.shot_list(list_id), name=free_name(name.strip(), taken)))

    def delete_shot_list(self, list_id: str) -> None:
        self.calls.append(("delete_shot_list", list_id))
        self.shot_list(list_id)
        del self._lists[list_id]

    # -- the façade: shots --

    def keep_shots(
        self, list_id: str, places: Sequence[tuple[str, float, float]], note: str = ""
    ) -> ShotList:
        found = self.shot_list(list_id)
        for video_id, start_s, end_s in places:
            if video_id not in self._videos:
                raise NotFound("This video is no longer in the library. Choose another one.")
            start_s, end_s = self._snapped(video_id, start_s, end_s)
            if any(
                (one.video_id, one.start_s, one.end_s) == (video_id, start_s, end_s) for one in found.shots
            ):
                continue
            title = self._videos[video_id].title
            now = self._tick()
            shot = Shot(f"shot{self._ticks}", video_id, title, start_s, end_s, now, note)
            found = self._written(replace(found, shots=(*found.shots, shot)))
        return found

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
        found = self.shot_list(list_id)
        shot = next((one for one in found.shots if one.id == shot_id), None)
        if shot is None:
            raise NotFound("This shot is no longer in the list.")
        if start_s is not None or end_s is not None:
            first = shot.start_s if start_s is None else start_s
            last = shot.end_s if end_s is None else end_s
            if last <= first:
                raise InputRefused("Out lies before In. Give a later Out or an earlier In.")
            first, last = self._snapped(shot.video_id, first, last)
            shot = replace(shot, start_s=first, end_s=last)
        if rating is not None and not 0 <= rating <= 5:
            raise InputRefused("A rating is 0 to 5 stars.")
        shot = replace(
            shot,
            note=shot.note if note is None else note,
            rating=shot.rating if rating is None else rating,
        )
        return self._written(
            replace(found, shots=tuple(shot if one.id == shot_id else one for one in found.shots))
        )

    def order_shots(self, list_id: str, shot_ids: Sequence[str]) -> ShotList:
        found = self.shot_list(list_id)
        known = {one.id: one for one in found.shots}
        first = [known[one] for one in shot_ids if one in known]
        rest = [one for one in found.shots if one.id not in shot_ids]
        return self._written(replace(found, shots=(*first, *rest)))

    def remove_shots(self, list_id: str, shot_ids: Sequence[str]) -> ShotList:
        found = self.shot_list(list_id)
        return self._written(
            replace(found, shots=tuple(one for one in found.shots if one.id not in shot_ids))
        )

    def restore_shots(self, list_id: str, shots: Sequence[tuple[int, Shot]]) -> ShotList:
        found = self.shot_list(list_id)
        there = list(found.shots)
        for position, shot in sorted(shots, key=lambda one: one[0]):
            if all(one.id != shot.id for one in there):
                there.insert(position, shot)
        return self._written(replace(found, shots=tuple(there)))

    # -- the façade: what is made of a list --

    def export_shots(
        self,
        list_id: str,
        format: ExportFormat,  # noqa: A002 - the façade's own name for it
        options: ExportOptions | None = None,
    ) -> Exported:
        return export(self.shot_list(list_id), self._videos, self.folder, format, options)

    def start_clips(self, list_id: str, *, handles: int = 0) -> ClipRun:
        self.calls.append(("start_clips", list_id, handles))
        found = self.shot_list(list_id)
        run = ClipRun(f"run{len(self.runs)}", list_id, f"{found.name} clips.zip", total=len(found.shots))
        self.runs.insert(0, run)
        return run

    def clip_run(self, run_id: str) -> ClipRun:
        run = next((one for one in self.runs if one.id == run_id), None)
        if run is None:
            raise NotFound("These clips are no longer here. Cut them again.")
        return run

    def clip_runs(self, list_id: str) -> list[ClipRun]:
        return [one for one in self.runs if one.list_id == list_id]

    def cancel_clips(self, run_id: str) -> None:
        self.calls.append(("cancel_clips", run_id))
        run = self.clip_run(run_id)
        self.runs[self.runs.index(run)] = replace(run, state="cancelled")

    def clips_link(self, run_id: str) -> str:
        return f"/api/media/clips-{self.clip_run(run_id).id}"

    def _snapped(self, video_id: str, start_s: float, end_s: float) -> tuple[float, float]:
        if video_id not in self._videos:
            return start_s, end_s
        clock = clock_of(self._videos[video_id].media)
        first, after = clock.frames(start_s, min(end_s, self._videos[video_id].duration_s))
        return clock.seconds_at(first), clock.seconds_at(after)

    def _written(self, changed: ShotList) -> ShotList:
        changed = replace(changed, version=changed.version + 1, updated_at=self._tick())
        self._lists[changed.id] = changed
        return changed

    def _tick(self) -> datetime:
        self._ticks += 1
        return datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(seconds=self._ticks)
