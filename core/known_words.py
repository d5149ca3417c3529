"""The words that a library's own titles, tags and subtitles use.

The preview engine looks a word that is not in its vocabulary up here: where somebody wrote it about a
video it can be searched, elsewhere it is ignored, and the page says which.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from core.catalog.catalog import Catalog
from core.layout import Layout
from core.media.subtitles import read_subtitles


class KnownWords:
    """Stems of all words that people wrote; looked up anew whenever what they wrote has changed."""

    def __init__(self, catalog: Catalog, layout: Layout, stems: Callable[[str], frozenset[str]]) -> None:
        self._catalog = catalog
        self._layout = layout
        self._stems = stems
        self._lock = threading.Lock()
        self._written: tuple[str, ...] | None = None
        self._known: frozenset[str] = frozenset()
        self._subtitles: dict[str, frozenset[str]] = {}

    def __call__(self) -> frozenset[str]:
        """Return the stems."""
        with self._lock:
            subtitled = self._catalog.subtitled()
            written = (*subtitled, "", *self._catalog.word_sources())
            if written != self._written:
                self._written = written
                self._known = self._stems(" ".join(written[len(subtitled) + 1 :])) | self._said(subtitled)
            return self._known

    def _said(self, video_ids: Iterable[str]) -> frozenset[str]:
        wanted = set(video_ids)
        self._subtitles = {key: found for key, found in self._subtitles.items() if key in wanted}
        for video_id in wanted - self._subtitles.keys():
            file = self._layout.subtitles(video_id)
            cues = read_subtitles(file) if file.is_file() else ()
            self._subtitles[video_id] = self._stems(" ".join(cue.text for cue in cues))
        return frozenset().union(*self._subtitles.values())
