"""Milvus Lite in a file: opening, letting go, and mending what a killed process left half done.

A `.db` is a folder. All that is touched here is either unreachable for Milvus Lite itself or derived
from what it keeps beside it (milvus_lite 3.2.2: db.py, engine/collection.py).
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from core.errors import IndexUnavailable, LibraryBusy, SettingsError, StorageFull, StoreError
from core.vectors.backends import LITE
from core.vectors.driver import MilvusClient
from core.vectors.faults import FULL_MESSAGE, translated

log = logging.getLogger(__name__)

_LEAST_FREE: Final = 1024 * 1024


def open_file(database: Path) -> Any:
    """Return a client of the database in this folder, made where it does not exist.

    Raises: SettingsError for another file name, LibraryBusy, IndexUnavailable, StorageFull.
    """
    if database.suffix != ".db":
        raise SettingsError(
            "MILVUS_URI must be the path of a file that ends in .db (such as ./data/milvus.db), or an "
            "address such as http://localhost:19530."
        )
    busy = "The index is open in another process. Stop that one first, or go on there."
    if is_locked(database):
        raise LibraryBusy(busy)
    with translated("be opened"):
        database.parent.mkdir(parents=True, exist_ok=True)
        remove_unfinished(database)
    try:
        with translated("be opened"):
            return MilvusClient(uri=str(database), dedicated=True, **LITE.client_options)
    except StoreError as exc:
        # pymilvus says no more than that it failed. Windows cannot tell a lock from other reasons.
        if is_locked(database) or os.name == "nt":
            raise LibraryBusy(busy) from exc
        if shutil.disk_usage(database.parent).free < _LEAST_FREE:
            raise StorageFull(FULL_MESSAGE) from exc
        raise IndexUnavailable(
            "The index file cannot be opened; the log says why. If it stays so, move the file that "
            "MILVUS_URI names away and run `make rebuild`: nothing is embedded again."
        ) from exc


def release_file(database: Path) -> None:
    """Stop the embedded server that pymilvus started for this database, and so give up its lock."""
    from milvus_lite.server_manager import (  # type: ignore[import-untyped]  # milvus-lite ships no types
        server_manager_instance,
    )

    server_manager_instance.release_server(str(database))


def is_locked(database: Path) -> bool:
    """Return whether somebody, this process included, has the database open.

    Only a hint: False where the platform cannot tell without taking the lock for good.
    """
    if sys.platform == "win32" or not (database / "LOCK").exists():
        return False
    import fcntl

    with (database / "LOCK").open("r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def remove_unfinished(database: Path) -> None:
    """Remove collections that were being created or dropped when the process died.

    Without a schema file Milvus Lite does not see them, yet cannot create them anew.
    """
    root = database / "collections"
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and not (folder / "schema.json").exists():
            shutil.rmtree(folder)
            log.warning("index.unfinished_removed collection=%s", folder.name)


def remove_index_files(database: Path, collection: str) -> int:
    """Remove a collection's built indexes and return how many; loading builds them again.

    They are not written atomically: one that was cut off by a kill stops every later load.
    """
    found = list((database / "collections" / collection).glob("partitions/*/indexes/*.idx"))
    for file in found:
        file.unlink()
    return len(found)
