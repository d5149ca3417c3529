"""The folder of laid out rows and answers: one folder a selection, the longest unused removed first."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

from core.indexing.files import remove
from core.insights.questions import ANSWERS, Chosen, Question
from core.insights.storing import open_points, read_answer
from core.model.insights import Points

log = logging.getLogger(__name__)

MOST_SELECTIONS: Final = 20
MOST_BYTES: Final = 4 * 2**30
_OPEN: Final = 4
"""Selections whose rows stay open. Vectors are mapped, so what they take is the system's to give back."""


class AnswerFolder:
    """Everything in it can be worked out again, so it may be emptied at any time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._guard = Lock()
        self._opened: OrderedDict[str, Points] = OrderedDict()

    def of(self, chosen: Chosen) -> Path:
        """Return the folder of the chosen rows."""
        return self._root / chosen.key

    def path(self, question: Question) -> Path:
        """Return where the answer to a question lies, or will."""
        return self.of(question.chosen) / f"{question.name}.npz"

    def answer(self, question: Question) -> Any | None:
        """Return the answer, where it is there."""
        return read_answer(self.path(question), ANSWERS[question.kind])

    def points(self, chosen: Chosen) -> Points | None:
        """Return the rows, where they are there."""
        key = chosen.key
        with self._guard:
            if key in self._opened and self.of(chosen).is_dir():
                self._opened.move_to_end(key)
                return self._opened[key]
        found = open_points(self.of(chosen))
        if found is None:
            return None
        with suppress(OSError):
            os.utime(self.of(chosen))  # What was used last is removed last.
        with self._guard:
            self._opened[key] = found
            while len(self._opened) > _OPEN:
                self._opened.popitem(last=False)
        return found

    def make_room(self, spared: Path) -> None:
        """Remove what was not used for longest until there is room for one more selection."""
        spared.mkdir(parents=True, exist_ok=True)
        others = [folder for folder in self._root.iterdir() if folder.is_dir() and folder != spared]
        others.sort(key=_used_at, reverse=True)
        taken = 0
        for number, folder in enumerate(others, 1):
            taken += sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
            if number >= MOST_SELECTIONS or taken > MOST_BYTES:
                with self._guard:
                    self._opened.pop(folder.name, None)
                log.info("insights.removed selection=%s", folder.name)
                remove(folder)


def _used_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
