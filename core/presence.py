"""Who owns a data folder: one process, which other commands find and hand their work to.

Milvus Lite allows one process a file, so the whole data folder has one owner. The lock is the
operating system's: it is gone the moment that its process is, however that died.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

import httpx
from filelock import FileLock, Timeout

from core.errors import CuepointError, LibraryBusy
from core.layout import Layout
from core.tokens import Tokens


class Ownership:
    """Holds the data folder's lock from construction to `release`.

    Raises: LibraryBusy where another process (or another library in this one) holds it.
    """

    def __init__(self, layout: Layout) -> None:
        layout.root.mkdir(parents=True, exist_ok=True)
        self._layout = layout
        self._lock = FileLock(layout.lock, is_singleton=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as exc:
            raise LibraryBusy(_busy_sentence(layout)) from exc
        layout.running.unlink(missing_ok=True)

    def announce(self, url: str) -> None:
        """Write down where this process answers, for `hand_over`."""
        draft = self._layout.running.with_suffix(".tmp")
        draft.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
        draft.replace(self._layout.running)

    def release(self) -> None:
        self._layout.running.unlink(missing_ok=True)
        self._lock.release()


@dataclass(frozen=True, slots=True)
class RunningApplication:
    """An application that owns the data folder and can be asked to do work."""

    url: str
    tokens: Tokens

    def ask(self, work: str, timeout_s: float = 3600) -> dict[str, object]:
        """Have the running application do ``work`` ("demo" or "rebuild"); return what it answered."""
        try:
            answer = httpx.post(
                f"{self.url}/api/control/{work}",
                headers={"Authorization": f"Bearer {self.tokens.control()}"},
                timeout=timeout_s,
                trust_env=False,
            )
        except httpx.HTTPError as exc:
            raise LibraryBusy(
                f"Cuepoint is running at {self.url} but did not answer. Try again, or stop it first."
            ) from exc
        body = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        if answer.is_error:
            raise CuepointError(str(body.get("message") or f"Cuepoint at {self.url} refused the work."))
        return dict(body)


def running_address(layout: Layout) -> str | None:
    """Return the address that the owner of the folder announced, or None."""
    try:
        return str(json.loads(layout.running.read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        return None


def data_folder_is_free(layout: Layout) -> bool:
    """Return whether nobody owns the folder at this moment."""
    try:
        Ownership(layout).release()
    except LibraryBusy:
        return False
    return True


def _busy_sentence(layout: Layout) -> str:
    address = running_address(layout)
    where = f"the Cuepoint at {address}" if address else "another Cuepoint process"
    return (
        f"The data folder is in use by {where}. Use that one, stop it first, "
        f"or set CUEPOINT_DATA_DIR to another folder."
    )
