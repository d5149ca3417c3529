"""What a backup says of itself. It is written last, so a folder without it is no backup."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from core.backup.copying import sync_folder
from core.config import PROJECT_ROOT
from core.errors import InputRefused, StoreError

FORMAT: Final = 1
NAME: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a backup: its content's SHA-256 and size, and when the file it came from changed."""

    sha256: str
    size_bytes: int
    changed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that a restore needs to know beforehand."""

    version: str
    """Cuepoint's, when the backup was made."""
    revision: str
    """The catalog's schema."""
    made_at: str
    data_dir: str
    """Where the library lay; files of its own are named by paths below it."""
    with_media: bool
    tables: Mapping[str, Kept]
    files: Mapping[str, Kept]
    """By path below the data folder."""

    def contents(self) -> set[str]:
        """Return the SHA-256 of every content that the backup consists of."""
        return {kept.sha256 for kept in (*self.tables.values(), *self.files.values())}

    def size_bytes(self) -> int:
        return sum(kept.size_bytes for kept in (*self.tables.values(), *self.files.values()))


def content_path(backup: Path, sha256: str) -> Path:
    """Return where a content lies; one that occurs twice lies there once."""
    return backup / "contents" / sha256[:2] / sha256


def write_manifest(backup: Path, manifest: Manifest) -> None:
    """Put the manifest in the place of the former one; from then on the backup is the new one."""
    draft = backup / f"{NAME}.tmp"
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, **asdict(manifest)}, file, indent=1)
        file.flush()
        sync_folder(file.fileno())
    draft.replace(backup / NAME)
    sync_folder(backup)


def read_manifest(backup: Path) -> Manifest:
    """Return what a backup holds.

    Raises: InputRefused where the folder holds no whole backup, or a later version's; StoreError where the
    manifest is damaged.
    """
    try:
        told = json.loads((backup / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise InputRefused(
            "This folder holds no finished backup. Name the folder that a backup was written to, "
            "or make the backup again."
        ) from exc
    except (OSError, ValueError) as exc:
        raise damaged() from exc
    if not isinstance(told, dict) or not isinstance(told.get("format"), int):
        raise damaged()
    if told["format"] > FORMAT:
        raise InputRefused(
            "This backup was made by a newer version of Cuepoint. Restore it with that version."
        )
    try:
        return _manifest(told)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise damaged() from exc


def damaged() -> StoreError:
    """Return the error for a backup whose files are not those that it was made of."""
    return StoreError(
        "This backup is damaged: a file of it is missing or was changed. Nothing was restored. "
        "Use another backup."
    )


def version() -> str:
    """Return Cuepoint's version, from the one place that names it."""
    told = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(told["project"]["version"])


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _manifest(told: dict[str, Any]) -> Manifest:
    manifest = Manifest(
        version=str(told["version"]),
        revision=str(told["revision"]),
        made_at=str(told["made_at"]),
        data_dir=str(told["data_dir"]),
        with_media=bool(told["with_media"]),
        tables={str(name): Kept(**kept) for name, kept in told["tables"].items()},
        files={str(name): Kept(**kept) for name, kept in told["files"].items()},
    )
    for name in manifest.files:
        # A path is data like everything else here: it must not lead out of the data folder.
        if Path(name).is_absolute() or ".." in Path(name).parts or "\\" in name:
            raise ValueError(name)
    for sha256 in manifest.contents():
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise ValueError(sha256)
    return manifest
