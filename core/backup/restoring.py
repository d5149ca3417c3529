"""Putting a backup into an empty data folder. Until all of it is there, the application does not open it."""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from core.backup.copying import check_space, copy_hashed, explained, sync_folder
from core.backup.manifest import Manifest, content_path, damaged, read_manifest
from core.catalog.portable import loading_rows
from core.config import Settings
from core.errors import InputRefused, SettingsError
from core.layout import Layout
from core.presence import Ownership

log = logging.getLogger(__name__)

_CATALOG: Final = "catalog.sqlite"
_MOVED: Final = ("archive", "media", "originals", _CATALOG)
"""What a restore puts in place, the catalog last: it is what makes a library of the rest."""
_HARMLESS: Final = {"cuepoint.lock", "running.json", "secret.key", "logs", "restoring", "lost+found"}


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was put back, and of when it is."""

    files: int
    size_bytes: int
    made_at: str
    with_media: bool


def restore(settings: Settings, source: Path) -> RestoreReport:
    """Put a backup into the data folder, every file compared with the SHA-256 that it had.

    The index is written by the next start, from archive and catalog: nothing is embedded. A restore that was
    cut off is begun again by the same command.

    Raises: InputRefused for a folder that is not empty or holds no backup, LibraryBusy, StoreError for a
    damaged backup, StorageFull.
    """
    layout, source = Layout(settings.data_dir.absolute()), source.absolute()
    manifest = read_manifest(source)
    with explained("The data folder or the backup"):
        _check_sizes(source, manifest)
        ownership = Ownership(layout)
        try:
            _make_room(layout)
            check_space(layout.root, manifest.size_bytes())
            layout.restoring.mkdir()
            sync_folder(layout.root)
            _fill(settings, layout, source, manifest)
            shutil.rmtree(layout.restoring)
            sync_folder(layout.root)
        finally:
            ownership.release()
    log.info("backup.restored files=%d", len(manifest.files))
    return RestoreReport(len(manifest.files), manifest.size_bytes(), manifest.made_at, manifest.with_media)


def refuse_unfinished(layout: Layout) -> None:
    """Raises: SettingsError while the folder holds a restore that was cut off."""
    if layout.restoring.exists():
        raise SettingsError(
            "A restore into this data folder was cut off. Run it again: python -m core restore FOLDER"
        )


def _check_sizes(source: Path, manifest: Manifest) -> None:
    """Find what is missing before anything is copied; what was changed is found on the way."""
    for kept in (*manifest.tables.values(), *manifest.files.values()):
        content = content_path(source, kept.sha256)
        if not content.is_file() or content.stat().st_size != kept.size_bytes:
            raise damaged()


def _make_room(layout: Layout) -> None:
    """Remove what an earlier restore left; refuse a folder in which anything else lies."""
    if layout.restoring.exists():
        # The folder was empty when that restore began, and nothing has opened it since.
        for name in _MOVED:
            _remove(layout.root / name)
        _remove(layout.restoring)
    for path in layout.root.iterdir():
        if path.name in _HARMLESS or (path.is_dir() and not any(one.is_file() for one in path.rglob("*"))):
            continue
        raise InputRefused(
            "The data folder is not empty, and a restore overwrites nothing. Set CUEPOINT_DATA_DIR to an "
            "empty folder, or move what lies there away."
        )


def _fill(settings: Settings, layout: Layout, source: Path, manifest: Manifest) -> None:
    draft, rows = layout.restoring / "files", layout.restoring / "rows"
    for name, kept in manifest.files.items():
        _copy(content_path(source, kept.sha256), draft / name, kept.sha256)
    for name, kept in manifest.tables.items():
        _copy(content_path(source, kept.sha256), rows / f"{name}.jsonl", kept.sha256)
    draft.mkdir(exist_ok=True)
    moved = _Moved(manifest.data_dir, layout)
    if settings.database_url:
        # The rows are there for everybody only when the files are in their place.
        with loading_rows(settings.database_url, rows, manifest.revision, moved):
            _put_in_place(layout, draft)
    else:
        with loading_rows(f"sqlite:///{draft / _CATALOG}", rows, manifest.revision, moved):
            pass
        _put_in_place(layout, draft)


def _copy(content: Path, target: Path, sha256: str) -> None:
    if copy_hashed(content, target)[0] != sha256:
        raise damaged()


def _put_in_place(layout: Layout, draft: Path) -> None:
    for name in _MOVED:
        if (draft / name).exists():
            _remove(layout.root / name)
            os.replace(draft / name, layout.root / name)
    sync_folder(layout.root)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Moved:
    """Lets the paths of the library's own files lead into the new data folder; all others stay."""

    former: str
    layout: Layout

    def __call__(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        if table != "video_paths":
            return row
        kind = PureWindowsPath if "\\" in self.former else PurePosixPath
        own, path = kind(self.former) / "originals", kind(row["path"])
        if path.parent != own:
            return row
        return {**row, "path": str(self.layout.originals / path.name)}
