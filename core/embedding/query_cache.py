"""Vectors of query terms kept on disk, so that the same question is never embedded twice.

One JSON file an entry: the vectors as base64 of little-endian float32, with a checksum. A file that is
damaged, or that belongs to another key, counts as missing and is written again.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import logging
import os
import secrets
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.embedding.port import QueryVectors
from core.model import MODALITIES, Modality, Segment, Space, Vector

log = logging.getLogger(__name__)

ENTRIES: Final = 5_000
"""About 5 kB each in 512 dimensions and two modalities: some 30 MB at most."""
_STRIPES: Final = 64
_REMEMBERED_FILES: Final = 256


def normalise_text(text: str) -> str:
    """Return the words as they are embedded and compared: one form of Unicode, single spaces.

    Case is kept: engines read "US" and "us" differently.
    """
    readable = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8"))
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in readable).split())


def text_key(space: Space, text: str, version: str = "") -> str:
    """Return the key of a text term. ``version`` names what words mean to the engine just now."""
    return json.dumps(["text", space.key, version, normalise_text(text)])


def media_key(space: Space, kind: str, sha256: str, segment: Segment | None = None) -> str:
    """Return the key of a clip or picture, by its content and the stretch that is taken of it."""
    stretch = None if segment is None else [segment.start_ms, segment.end_ms]
    return json.dumps([kind, space.key, sha256, stretch])


def together_key(
    space: Space, text: str, samples: Sequence[tuple[str, str, Segment | None]], version: str = ""
) -> str:
    """Return the key of words and examples that became one vector; an example as in `media_key`."""
    parts = [
        [kind, sha256, segment and [segment.start_ms, segment.end_ms]] for kind, sha256, segment in samples
    ]
    return json.dumps(["together", space.key, version, normalise_text(text), parts])


class QueryCache:
    """A folder of query vectors, bounded by count; the least recently used ones go first.

    Safe to use from several threads: entries appear whole or not at all, and two threads that miss the
    same key at the same time call the model once. A disk that cannot be written costs the caching,
    never the search.
    """

    def __init__(self, folder: Path, entries: int = ENTRIES) -> None:
        self._folder = folder
        self._entries = entries
        self._guard = threading.Lock()
        self._stripes = tuple(threading.Lock() for _ in range(_STRIPES))
        self._digests: OrderedDict[tuple[str, int, int], str] = OrderedDict()
        self._clock_ns = 0
        folder.mkdir(parents=True, exist_ok=True)
        for draft in folder.glob("*.tmp"):
            draft.unlink(missing_ok=True)
        self._count = sum(1 for _ in folder.glob("*.json"))

    def recall(self, key: str) -> QueryVectors | None:
        """Return the vectors kept for a key, None where there are none."""
        file = self._file(key)
        try:
            found = _read(file.read_bytes(), key)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as exc:
            log.warning("query_cache.damaged file=%s reason=%s", file.name, type(exc).__name__)
            return None
        self._touch(file)
        return found

    def remember(self, key: str, make: Callable[[], QueryVectors]) -> QueryVectors:
        """Return the vectors of a key, calling ``make`` only where they are not kept yet.

        Raises: whatever ``make`` raises; then nothing is kept.
        """
        found = self.recall(key)
        if found is not None:
            return found
        with self._stripes[hash(key) % _STRIPES]:
            found = self.recall(key)
            if found is None:
                found = make()
                self._keep(key, found)
            return found

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file, read again only when its size or time changed.

        Raises: OSError where it cannot be read.
        """
        stat = path.stat()
        name = (str(path), stat.st_size, stat.st_mtime_ns)
        with self._guard:
            known = self._digests.get(name)
        if known is None:
            with path.open("rb") as file:
                known = hashlib.file_digest(file, "sha256").hexdigest()
            with self._guard:
                self._digests[name] = known
                while len(self._digests) > _REMEMBERED_FILES:
                    self._digests.popitem(last=False)
        return known

    # -- files --

    def _file(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def _keep(self, key: str, vectors: QueryVectors) -> None:
        file = self._file(key)
        draft = self._folder / f"{secrets.token_hex(8)}.tmp"
        try:
            draft.write_bytes(_written(key, vectors))
            with self._guard:
                self._count += not file.exists()
                os.replace(draft, file)
        except OSError as exc:
            log.warning("query_cache.unwritable reason=%s", exc.strerror)
            return
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
        self._touch(file)
        self._evict()

    def _touch(self, file: Path) -> None:
        """Mark an entry as used now; later than every earlier mark, however coarse the clock is."""
        with self._guard:
            self._clock_ns = max(self._clock_ns + 1_000, time.time_ns())
            now = self._clock_ns
        try:
            os.utime(file, ns=(now, now))
        except OSError:
            # Evicted by another thread between reading and marking: what was read is still right.
            return

    def _evict(self) -> None:
        with self._guard:
            if self._count <= self._entries:
                return
            files = sorted(self._folder.glob("*.json"), key=_used_at)
            # A little more than needed, so that the folder is not listed at every new entry.
            keep = self._entries - self._entries // 20
            for file in files[: max(0, len(files) - keep)]:
                file.unlink(missing_ok=True)
            self._count = min(len(files), keep)


def _used_at(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _written(key: str, vectors: QueryVectors) -> bytes:
    packed = {m: np.asarray(v, "<f4").tobytes() for m, v in vectors.by_modality.items()}
    entry = {
        "key": key,
        "vectors": {modality: base64.b64encode(data).decode() for modality, data in packed.items()},
        "understood": list(vectors.understood),
        "ignored": list(vectors.ignored),
    }
    return json.dumps({"entry": entry, "checksum": _checksum(entry)}).encode()


def _read(data: bytes, key: str) -> QueryVectors:
    """Return what an entry holds. Raises: ValueError, KeyError or TypeError where it is damaged."""
    file: dict[str, Any] = json.loads(data)
    entry: dict[str, Any] = file["entry"]
    if file["checksum"] != _checksum(entry):
        raise ValueError("the checksum differs")
    if entry["key"] != key:
        raise ValueError("an entry of another key")
    by_modality: dict[Modality, Vector] = {}
    for modality in MODALITIES:
        if modality in entry["vectors"]:
            packed = base64.b64decode(entry["vectors"][modality], validate=True)
            vector = np.frombuffer(packed, "<f4").astype(np.float32)
            vector.setflags(write=False)
            by_modality[modality] = vector
    return QueryVectors(by_modality, tuple(entry["understood"]), tuple(entry["ignored"]))


def _checksum(entry: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
