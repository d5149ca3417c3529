"""Making a backup, also while the application runs: it only reads, and what it reads is never half written.

Contents lie in the backup under their SHA-256. What is there already is not copied again, and the former
backup in the same folder stays whole until the new manifest takes its place.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from core.backup.copying import check_space, copy_hashed, draft_in, explained, forget, hash_of, sync_folder
from core.backup.manifest import Kept, Manifest, content_path, now, read_manifest, version, write_manifest
from core.catalog.portable import save_rows
from core.config import Settings
from core.errors import CuepointError, InputRefused, LibraryBusy, StoreError
from core.layout import Layout

log = logging.getLogger(__name__)

_ROUNDS: Final = 5
_OURS: Final = {"contents", "drafts", "manifest.json", "manifest.json.tmp", "backup.lock", "lost+found"}
_DRAFTS: Final = (".tmp", ".part")


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, and how much of it had to be copied this time."""

    files: int
    size_bytes: int
    copied_bytes: int


def back_up(settings: Settings, target: Path, *, with_media: bool = True) -> BackupReport:
    """Write catalog, archive, subtitles and posters to ``target``; with media the videos as well.

    Raises: InputRefused for a folder that holds other things, LibraryBusy while another backup writes
    there, NotFound where there is no library, StorageFull, StoreError.
    """
    layout, target = Layout(settings.data_dir.absolute()), target.absolute()
    if target == layout.root or layout.root in target.parents:
        raise InputRefused("A backup cannot lie in the data folder itself. Choose another folder or disk.")
    with explained("The backup's folder"):
        target.mkdir(parents=True, exist_ok=True)
        if {path.name for path in target.iterdir()} - _OURS:
            raise InputRefused("This folder holds other things. Choose an empty one, or a former backup's.")
    try:
        with FileLock(target / "backup.lock", timeout=0, is_singleton=False):
            drafts = target / "drafts"
            shutil.rmtree(drafts, ignore_errors=True)
            with explained("A file of the library or of the backup"):
                drafts.mkdir()
                report = _Backup(settings, layout, target, drafts, with_media).make()
                shutil.rmtree(drafts, ignore_errors=True)
            return report
    except Timeout as exc:
        raise LibraryBusy(
            "Another backup is being written to this folder. Wait until it has finished."
        ) from exc


@dataclass
class _Backup:
    settings: Settings
    layout: Layout
    target: Path
    drafts: Path
    with_media: bool
    copied_bytes: int = 0

    def make(self) -> BackupReport:
        former = self._former()
        revision, kept = "", None
        for _round in range(_ROUNDS):
            before = set(self._files())
            revision = save_rows(self.settings.catalog_url, self.drafts)
            files = self._files()
            self._check_space(files, former)
            kept = self._copy_all(files, former)
            # What the rows name may have been replaced while they were read: then both are taken again.
            if kept is not None and before <= set(files):
                break
            kept = None
        if kept is None:
            raise StoreError("The library changes faster than it can be backed up. Try again in a while.")
        tables = {path.stem: self._take(path) for path in sorted(self.drafts.glob("*.jsonl"))}
        manifest = Manifest(version(), revision, now(), str(self.layout.root), self.with_media, tables, kept)
        sync_folder(self.target / "contents")
        write_manifest(self.target, manifest)
        self._drop_what_nobody_names(manifest)
        log.info("backup.written files=%d copied=%d", len(kept), self.copied_bytes)
        return BackupReport(len(kept), manifest.size_bytes(), self.copied_bytes)

    def _former(self) -> Mapping[str, Kept]:
        try:
            return read_manifest(self.target).files
        except CuepointError:
            return {}

    def _files(self) -> dict[str, tuple[int, int]]:
        """Return size and time of change of what is backed up, by path below the data folder.

        Not the index, caches, filmstrips and thumbnails: they are made anew. Not the secret: links signed
        by it live for hours, and whoever holds it can sign some.
        """
        media = self.layout.media
        wanted = [*self.layout.archive.rglob("*.parquet"), *media.glob("*/*.vtt"), *media.glob("*/*.jpg")]
        if self.with_media:
            wanted += [*self.layout.originals.rglob("*"), *media.glob("*/*.mp4")]
        found = {}
        for path in wanted:
            try:
                facts = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file() and path.suffix not in _DRAFTS:
                found[path.relative_to(self.layout.root).as_posix()] = (facts.st_size, facts.st_mtime_ns)
        return found

    def _check_space(self, files: Mapping[str, tuple[int, int]], former: Mapping[str, Kept]) -> None:
        new = sum(size for name, (size, at) in files.items() if not self._known(name, size, at, former))
        check_space(self.target, new)

    def _known(self, name: str, size: int, changed_ns: int, former: Mapping[str, Kept]) -> Kept | None:
        """Return the former content of a file that has not been touched since, where it is still there."""
        kept = former.get(name)
        if kept is None or (kept.size_bytes, kept.changed_ns) != (size, changed_ns):
            return None
        content = content_path(self.target, kept.sha256)
        return kept if content.is_file() and content.stat().st_size == size else None

    def _copy_all(
        self, files: Mapping[str, tuple[int, int]], former: Mapping[str, Kept]
    ) -> dict[str, Kept] | None:
        """Return what was kept, or None where a file was gone before it could be read."""
        kept: dict[str, Kept] = {}
        for name, (size, changed_ns) in sorted(files.items()):
            try:
                kept[name] = self._known(name, size, changed_ns, former) or self._take(
                    self.layout.root / name, changed_ns
                )
            except FileNotFoundError:
                return None
        return kept

    def _take(self, source: Path, changed_ns: int = 0) -> Kept:
        """Copy a file into the backup, read the copy back, and return what it is."""
        draft = draft_in(self.drafts)
        try:
            sha256, size = copy_hashed(source, draft)
            content = content_path(self.target, sha256)
            if not content.is_file() or content.stat().st_size != size or hash_of(content) != sha256:
                if hash_of(draft) != sha256:
                    raise StoreError("What was written to the backup reads otherwise. Check that disk.")
                content.parent.mkdir(parents=True, exist_ok=True)
                draft.replace(content)
                sync_folder(content.parent)
                self.copied_bytes += size
        finally:
            forget(draft)
        return Kept(sha256, size, changed_ns)

    def _drop_what_nobody_names(self, manifest: Manifest) -> None:
        named = manifest.contents()
        for content in (self.target / "contents").glob("*/*"):
            if content.name not in named:
                forget(content)
