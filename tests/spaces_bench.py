"""A library whose engines a test chooses: stand-ins for engines and media, the stores are real."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core import composition
from core.config import Settings
from core.embedding.port import Embedder
from core.errors import SettingsError
from core.indexing.ports import MediaTools
from core.library import Library, open_library
from core.model import Space, Video
from tests.fakes import Diary, FakeEmbedder, FakeMedia, write_fake_video


class SpacesBench:
    """Opens one data folder again and again, with one engine chosen and some others that could be opened."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.media = FakeMedia(Diary(folder / "media.txt"))
        self._chosen: Embedder | None = None
        self._others: Sequence[Embedder] = ()
        monkeypatch.setattr(composition, "open_embedder", lambda *_: self._chosen)
        monkeypatch.setattr(composition, "open_engine_of", lambda space, *_: self._open(space))
        monkeypatch.setattr(MediaTools, "real", classmethod(lambda _cls: self.media.tools()))

    def engine(self, model: str, **options: Any) -> FakeEmbedder:
        """Return an engine whose provider remembers what was asked of it before."""
        return FakeEmbedder(self.folder / model, model=model, **options)

    def open(self, chosen: Embedder, *others: Embedder) -> Library:
        """Return the library as the next start with these engines finds it."""
        self._chosen, self._others = chosen, others
        return open_library(Settings(data_dir=self.folder / "data"))

    def add(self, library: Library, *names: str) -> list[Video]:
        """Add made-up videos and wait until they are ready."""
        paths = [write_fake_video(self.folder / f"{name}.mp4", name) for name in names]
        videos = [library.add_file(path) for path in paths]
        library.wait(60)
        return videos

    def _open(self, space: Space) -> Embedder:
        for engine in self._others:
            if engine.space == space:
                return engine
        raise SettingsError(f"There is no engine for {space.model} here. Set its key.")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpacesBench:
    return SpacesBench(tmp_path, monkeypatch)
