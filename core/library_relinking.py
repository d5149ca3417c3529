"""The part of the façade that is about files that are not where they were."""

from __future__ import annotations

from core.library_model import RelinkRun
from core.model import Job, Video
from core.parts import Parts


class LibraryRelinking:
    """Which videos lack their file, and finding those files in a folder."""

    _parts: Parts

    def missing_videos(self) -> list[Video]:
        """Return the videos of which no known path has a file of their size, the newest first.

        Cheap enough for every run of a page: looked at in the background, some seconds old at most where
        the disks answer, else the last known answer.
        """
        return self._parts.relinking.missing.videos()

    def relinking_refused(self, visitor: str | None = None) -> str | None:
        """Return why no folder may be looked through here, in one sentence; None where one may be.

        ``visitor`` is the IP address of who asks, None on this machine.
        """
        return self._parts.relinking.refused(visitor)

    def relinking_folders(self) -> list[str]:
        """Return folders where the missing files may be: existing ones above where they were."""
        return [str(folder) for folder in self._parts.relinking.suggested()]

    def start_relinking(self, folder: str, *, visitor: str | None = None) -> RelinkRun:
        """Begin to look through a folder, and all below it, for the files of all missing videos.

        A file counts as found only when its SHA-256 is the video's; then its path is remembered.
        Raises: InputRefused where no folder may be named, for a path that is not whole, while another
        folder is being looked through, and where no file is missing.
        """
        return self._parts.relinking.start(folder, visitor)

    def relinking(self) -> RelinkRun | None:
        """Return how the newest look through a folder stands; None where there was none."""
        return self._parts.relinking.now()

    def cancel_relinking(self) -> None:
        """Stop the present look; what it has found stays found."""
        self._parts.relinking.cancel()

    def relinked_failures(self) -> list[Job]:
        """Return the jobs that ended badly and whose videos the newest look found: worth a `retry`."""
        run = self._parts.relinking.now()
        failed = []
        for video_id in run.found if run is not None else ():
            job = self._parts.catalog.newest_job(video_id)
            if job is not None and job.state == "failed":
                failed.append(job)
        return failed
