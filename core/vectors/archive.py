"""The archive: every embedding ever paid for, as Parquet, one file per video, space and recipe.

Milvus is rebuilt from here without asking the engine again. A file is complete or it is not there:
it is written under another name, brought to the disk, and only then renamed.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ArchiveDamaged, CuepointError, NotFound, SpaceMismatch, StorageFull, StoreError
from core.model import Embedding, Space
from core.vectors.archive_table import ArchiveEntry, entry_of, to_embeddings, to_table

__all__ = ["Archive", "ArchiveEntry", "cut"]

log = logging.getLogger(__name__)

_SUFFIX: Final = ".parquet"
_TEMPORARY: Final = ".tmp"
_SAFE: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")


class Archive:
    """All archive files below one folder. Threads may use it together: the last whole file stays."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def has(self, video_id: str, space: Space, recipe: str) -> bool:
        """Return whether there is a file; only `read` tells whether it is sound."""
        return self._path(video_id, space, recipe).is_file()

    def write(self, video_id: str, space: Space, recipe: str, embeddings: Sequence[Embedding]) -> Path:
        """Store embeddings as they are, in place of an earlier file, and return where.

        When this returns they are on the disk. Times are kept exactly, vectors bit for bit.

        Raises: SpaceMismatch, StoreError for vectors that are not finite, StorageFull.
        """
        entry = ArchiveEntry(video_id, space, recipe, self._path(video_id, space, recipe), len(embeddings), 0)
        table = to_table(entry, embeddings, datetime.now(UTC))
        path = entry.path
        temporary = path.with_name(f"{path.name}.{uuid4().hex}{_TEMPORARY}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                pq.write_table(table, file, compression="zstd", write_page_checksum=True)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        except OSError as exc:
            raise _explained(exc) from exc
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        log.info("archive.written video=%s space=%s rows=%d", video_id, space.key, len(embeddings))
        return path

    def read(self, video_id: str, space: Space, recipe: str) -> list[Embedding]:
        """Return what was written. Raises: NotFound, ArchiveDamaged."""
        entry, table = self.read_table(video_id, space, recipe)
        try:
            return to_embeddings(entry, table)
        except (pa.ArrowException, ValueError, KeyError, TypeError) as exc:
            raise _damaged(entry.path) from exc

    def read_table(
        self, video_id: str, space: Space, recipe: str, columns: Sequence[str] | None = None
    ) -> tuple[ArchiveEntry, pa.Table]:
        """Return what was written as a table, of some columns or all. Raises: NotFound, ArchiveDamaged."""
        path = self._path(video_id, space, recipe)
        if not path.is_file():
            raise NotFound("The archive has no embeddings of this video. Index it again.")
        try:
            file = pq.ParquetFile(path, page_checksum_verification=True)
            table = file.read(None if columns is None else list(columns))
            entry = entry_of(path, table.schema.metadata, table.num_rows)
        except CuepointError:
            raise
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as exc:
            raise _damaged(path) from exc
        if (entry.video_id, entry.space, entry.recipe) != (video_id, space, recipe):
            raise _damaged(path)
        return entry, table

    def dimensions_of(self, space: Space) -> list[Space]:
        """Return the spaces of the same engine and model that have a folder here, whatever their length."""
        numbers = [path.name.rpartition("_")[2] for path in self._root.glob("*_*") if path.is_dir()]
        same = [replace(space, dimension=int(number)) for number in numbers if number.isdecimal()]
        return [one for one in dict.fromkeys(same) if (self._root / one.key).is_dir()]

    def entries(self) -> list[ArchiveEntry]:
        """Return what the archive holds, by space and video. Damaged files are left out and logged."""
        found = []
        for path in self._files(f"*/*{_SUFFIX}"):
            entry = _described(path)
            if entry is None:
                log.error("archive.damaged file=%s/%s", path.parent.name, path.name)
            else:
                found.append(entry)
        return found

    def damaged(self) -> list[Path]:
        """Return the files that do not say what they hold."""
        return [path for path in self._files(f"*/*{_SUFFIX}") if _described(path) is None]

    def forget(self, video_id: str, *, space: Space | None = None, keep_recipe: str | None = None) -> None:
        """Remove a video's files, of one space or of all, but for the one of ``keep_recipe``."""
        folder = "*" if space is None else space.key
        kept = None if keep_recipe is None else _file_name(video_id, keep_recipe)
        for path in self._files(f"{folder}/{_file_id(video_id)}.*{_SUFFIX}"):
            if path.name != kept:
                path.unlink(missing_ok=True)
                log.info("archive.forgotten video=%s space=%s", video_id, path.parent.name)

    def sweep(self) -> int:
        """Remove what writes that were cut off left behind, and return how many files that were."""
        left = self._files(f"*/*{_TEMPORARY}")
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _path(self, video_id: str, space: Space, recipe: str) -> Path:
        return self._root / space.key / _file_name(video_id, recipe)

    def _files(self, pattern: str) -> list[Path]:
        return sorted(self._root.glob(pattern))


def cut(embeddings: Sequence[Embedding], dimension: int) -> list[Embedding]:
    """Return the embeddings in fewer dimensions: their first components, brought back to unit length.

    Only for models that are trained for it (Matryoshka), such as Marengo 3.5.

    Raises: SpaceMismatch where a vector is shorter than that, StoreError where nothing of it is left.
    """
    return [_cut(each, dimension) for each in embeddings]


def _cut(embedding: Embedding, dimension: int) -> Embedding:
    if not 0 < dimension <= len(embedding.vector):
        raise SpaceMismatch(
            f"A vector of {len(embedding.vector)} dimensions cannot be cut to {dimension}. "
            "Index the video again."
        )
    part = embedding.vector[:dimension].astype(np.float64)
    length = float(np.linalg.norm(part))
    if not length > 0:
        raise StoreError("Nothing is left of a vector when it is cut. Choose a larger dimension.")
    return Embedding(
        (part / length).astype(np.float32), embedding.segment, embedding.modality, embedding.scope
    )


def _file_name(video_id: str, recipe: str) -> str:
    """Return a name that is safe on every file system; the digest keeps all recipes apart."""
    readable = re.sub(r"[^a-z0-9]+", "-", recipe.lower()).strip("-")[:40] or "recipe"
    return f"{_file_id(video_id)}.{readable}.{_digest(recipe)}{_SUFFIX}"


def _file_id(video_id: str) -> str:
    return video_id if _SAFE.fullmatch(video_id) else f"id-{_digest(video_id)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _described(path: Path) -> ArchiveEntry | None:
    """Return what a file says it holds, by its footer alone; None where it does not say."""
    try:
        footer = pq.read_metadata(path)
        return entry_of(path, footer.metadata, footer.num_rows)
    except (pa.ArrowException, OSError, ValueError, KeyError, ArchiveDamaged):
        return None


def _damaged(path: Path) -> ArchiveDamaged:
    log.error("archive.damaged file=%s/%s", path.parent.name, path.name)
    return ArchiveDamaged(
        "The archived embeddings of this video are damaged. Index the video again, or put the archive "
        "folder back from a backup."
    )


def _explained(exc: OSError) -> StoreError:
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull("The disk is full. Free some space; the work then goes on.")
    return StoreError("The archive cannot be written. Check that the data folder may be written to.")


def _sync_folder(folder: Path) -> None:
    """Bring the new name itself to the disk; Windows does so by itself and has no call for it."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
