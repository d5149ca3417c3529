"""Finding the files of videos again after they were moved: one folder at a time, in the background."""

from __future__ import annotations

import ipaddress
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from core.catalog.catalog import Catalog
from core.config import Settings
from core.errors import Cancelled, CuepointError, InputRefused, NotFound
from core.indexing.ports import HashFile
from core.layout import Layout
from core.library_model import RelinkRun
from core.missing_media import MissingMedia
from core.model import Video
from core.relinking_search import FolderSearch

log = logging.getLogger(__name__)

_CLOSING_S: Final = 5.0
_LISTING_S: Final = 3.0
_OFF: Final = (
    "Looking through folders is off, because this Cuepoint can be reached from other computers. Set "
    "CUEPOINT_IMPORT_ROOTS to the folders that may be looked through, or add the files again."
)


class Relinking:
    """Knows which files are missing, and looks for them; at most one look at a time, for all people."""

    def __init__(self, catalog: Catalog, settings: Settings, layout: Layout, hash_file: HashFile) -> None:
        self.missing = MissingMedia(catalog.videos)
        self._catalog = catalog
        self._settings = settings
        self._layout = layout
        self._hash_file = hash_file
        self._lock = threading.Lock()
        self._run: RelinkRun | None = None
        self._thread: threading.Thread | None = None

    def refused(self, visitor: str | None = None) -> str | None:
        """Return why no folder may be named here, None where folders may be; ``visitor`` is an IP address.

        Where roots are set they bound it, as they do for adding. Without them it is for whoever sits at
        this machine: a folder of it tells a stranger what lies there.
        """
        here = _is_loopback(self._settings.host) and (visitor is None or _is_loopback(visitor))
        return None if self._settings.import_roots or here else _OFF

    def now(self) -> RelinkRun | None:
        """Return how the newest look stands; None where there was none since the library was opened."""
        with self._lock:
            return self._run

    def suggested(self) -> list[Path]:
        """Return at most five folders to look in: what is left of the old places, then the roots."""
        roots = [root.expanduser().absolute() for root in self._settings.import_roots]
        near = [
            # By name only: where links lead is asked when a look begins, in a thread that may wait for it.
            folder
            for folder in self.missing.folders()
            if not folder.is_relative_to(self._layout.root)
            and (not roots or any(folder.is_relative_to(root) for root in roots))
        ]
        return list(dict.fromkeys([*near, *roots]))[:5]

    def start(self, folder: str, visitor: str | None = None) -> RelinkRun:
        """Begin to look through a folder. Raises: InputRefused."""
        refusal = self.refused(visitor)
        if refusal is not None:
            raise InputRefused(refusal)
        typed = folder.strip().strip("\"'")
        path = _whole(typed)
        videos = self.missing.videos(_LISTING_S)
        if not videos:
            raise InputRefused("No video lacks its file. There is nothing to look for.")
        with self._lock:
            if self._run is not None and not self._run.ended:
                raise InputRefused("A folder is being looked through just now. Wait for it, or stop it.")
            wanted = tuple(video.id for video in videos)
            run = self._run = RelinkRun(uuid4().hex, typed, "looking", wanted)
            self._thread = threading.Thread(
                target=self._look, args=(run.id, path, videos), name="cuepoint-relinking", daemon=True
            )
            self._thread.start()
        log.info("relink.started run=%s videos=%d", run.id, len(videos))
        return run

    def cancel(self) -> None:
        """Stop the present look. What it has found stays found."""
        with self._lock:
            if self._run is not None and not self._run.ended:
                # A disk that does not answer holds its thread; nobody else waits for it.
                self._run = replace(self._run, state="cancelled", reading=None)

    def stop(self) -> None:
        """Stop, and wait some seconds for the thread: the catalog is closed after this."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(_CLOSING_S)

    # -- in the thread --

    def _look(self, run_id: str, path: Path, videos: Sequence[Video]) -> None:
        def tell(**changes: Any) -> None:
            with self._lock:
                if self._run is None or self._run.id != run_id or self._run.ended:
                    raise Cancelled("This look was stopped.")
                self._run = replace(self._run, **changes)

        def link(video: Video, found: Path) -> bool:
            tell()
            try:
                self._catalog.remember_path(video.id, str(found.absolute()))
            except NotFound:
                return False
            self.missing.found(video.id)
            log.info("relink.found run=%s video=%s", run_id, video.id)
            return True

        search = FolderSearch(
            videos,
            allowed=self._allowed,
            skipped=self._is_ours,
            hash_file=self._hash_file,
            link=link,
            tell=tell,
        )
        try:
            search.look(self._folder(path))
            tell(state="done", reading=None)
        except Cancelled:
            log.info("relink.stopped run=%s", run_id)
        except CuepointError as exc:
            self._fail(tell, exc.message)
        except Exception:
            log.exception("relink.failed run=%s", run_id)
            self._fail(tell, "The folder could not be looked through. Try again, or choose another one.")

    def _fail(self, tell: Any, message: str) -> None:
        try:
            tell(state="failed", message=message, reading=None)
        except Cancelled:
            return

    def _folder(self, path: Path) -> Path:
        """Return the folder to look through; of a file that was named, the one that it lies in."""
        if not self._allowed(os.path.realpath(path)):
            raise InputRefused("That folder is outside the allowed ones. Choose a folder below one of them.")
        if path.is_file():
            return path.parent
        if not path.is_dir():
            raise InputRefused("There is no such folder, or Cuepoint may not open it. Check the path.")
        return path

    def _allowed(self, real: str) -> bool:
        roots = self._settings.import_roots
        return not roots or any(Path(real).is_relative_to(root.expanduser().resolve()) for root in roots)

    def _is_ours(self, real: str) -> bool:
        """Return whether a place is inside the library's own folder, originals apart.

        What is still arriving there does not stay.
        """
        place, own = Path(real), self._layout.root.resolve()
        return own in place.parents and not place.is_relative_to(self._layout.originals.resolve())


def _whole(typed: str) -> Path:
    if not typed or "\0" in typed:
        raise InputRefused("Name the folder to look in, such as /media/films.")
    try:
        path = Path(typed).expanduser()
    except RuntimeError as exc:
        raise InputRefused("There is no such home folder. Write the whole path of the folder.") from exc
    if not path.is_absolute():
        raise InputRefused("Write the whole path of the folder, from its beginning, such as /media/films.")
    return path


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
