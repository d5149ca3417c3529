"""How far a rebuild of the index got, so that one that was cut off goes on instead of starting over.

The note lies in the data folder while a rebuild is under way. It names the spaces whose former rows are
gone already: what such a space holds was written by this rebuild. It goes when the rebuild has ended, and
when the library was opened to work, for nobody knows what was changed since.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Final

from core.errors import StoreError
from core.layout import Layout

log = logging.getLogger(__name__)

_VERSION: Final = 1


class RebuildRecord:
    """The note of a rebuild into one index."""

    def __init__(self, layout: Layout, address: str) -> None:
        """Read the note of an earlier rebuild into the index at this address; any other counts not."""
        self._file = layout.rebuilding
        # Only told apart by it, never read back: an address may hold a password.
        self._index = hashlib.sha256(address.encode()).hexdigest()
        self._begun = self._read()

    @property
    def unfinished(self) -> bool:
        """Return whether a rebuild into this index was cut off."""
        return bool(self._begun)

    def has(self, space_key: str) -> bool:
        """Return whether the former rows of a space are gone already."""
        return space_key in self._begun

    def begin(self, space_key: str) -> None:
        """Note that the former rows of a space are gone. Raises: StoreError."""
        self._begun.add(space_key)
        draft = self._file.with_suffix(".tmp")
        told = {"version": _VERSION, "index": self._index, "begun": sorted(self._begun)}
        try:
            draft.write_text(json.dumps(told), encoding="utf-8")
            draft.replace(self._file)
        except OSError as exc:
            raise StoreError(
                "The data folder cannot be written to. Free some space, or check who may write there."
            ) from exc

    def end(self) -> None:
        """Remove the note: the next rebuild begins anew."""
        self._begun.clear()
        self._file.unlink(missing_ok=True)

    def _read(self) -> set[str]:
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
            if (told["version"], told["index"]) == (_VERSION, self._index):
                return set(told["begun"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("index.rebuild_note_unreadable", exc_info=True)
        return set()
