"""The stand-in's moved files: tests say which are missing, and how a look through a folder stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.errors import InputRefused
from core.library_model import RelinkRun
from core.model import Job, Video


class StandInRelinking:
    """The part of the façade that is about files that are not where they were."""

    calls: list[tuple[Any, ...]]
    _jobs: list[Job]

    def reset_relinking(self) -> None:
        self.gone: list[str] = []
        self.look: RelinkRun | None = None
        self.folders = ["/films/2026", "/films"]
        self.no_folders: str | None = None

    def videos(self) -> list[Video]:
        raise NotImplementedError

    def lose(self, *titles: str) -> list[str]:
        """Have the files of some videos missing; return their ids."""
        self.gone = [video.id for video in self.videos() if video.title in titles]
        return self.gone

    def find(self, *video_ids: str, **changes: Any) -> None:
        """Have the present look stand so: these files found."""
        assert self.look is not None
        self.look = replace(self.look, found=video_ids, **changes)
        self.gone = [one for one in self.gone if one not in video_ids]

    def arrange_relinking(self, asked: dict[str, Any]) -> None:
        """Do what a test in another process asks for; ``found`` and ``other`` are numbers of videos there."""
        if "lost" in asked:
            self.lose(*asked["lost"])
        if "folders" in asked:
            self.folders = asked["folders"]
        if "look" in asked and self.look is not None:
            told = dict(asked["look"])
            found = self.look.wanted[: told.pop("found", 0)]
            other = self.look.wanted[len(found) :][: told.pop("other", 0)]
            self.find(*found, other=other, **told)

    # -- the façade --

    def missing_videos(self) -> list[Video]:
        return [video for video in self.videos() if video.id in self.gone]

    def relinking_refused(self, visitor: str | None = None) -> str | None:
        return self.no_folders

    def relinking_folders(self) -> list[str]:
        return self.folders

    def start_relinking(self, folder: str, *, visitor: str | None = None) -> RelinkRun:
        self.calls.append(("start_relinking", folder))
        if not folder.startswith("/"):
            raise InputRefused("Write the whole path of the folder, from its beginning.")
        self.look = RelinkRun("look1", folder, "looking", tuple(self.gone))
        return self.look

    def relinking(self) -> RelinkRun | None:
        return self.look

    def cancel_relinking(self) -> None:
        self.calls.append(("cancel_relinking",))
        assert self.look is not None
        self.look = replace(self.look, state="cancelled")

    def relinked_failures(self) -> list[Job]:
        found = self.look.found if self.look is not None else ()
        return [job for job in self._jobs if job.video_id in found and job.state == "failed"]
