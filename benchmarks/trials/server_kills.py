"""A Milvus server is killed and started again while videos are indexed and while people search.

python -m benchmarks.trials.server_kills [VIDEOS] [SEARCHES] [KILLS]   (30 videos, 200 searches, 4 kills)

The application stays up. The engine is the tests' own, whose provider notes every call; the stores are real.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final
from unittest.mock import patch

from pydantic import SecretStr

from core import composition
from core.config import Settings
from core.errors import IndexUnavailable
from core.indexing.ports import MediaTools
from core.library import Library, open_library
from core.model import Query, Text
from tests.fakes import Diary, FakeEmbedder, FakeMedia, embeddings_of, write_fake_video
from tests.milvus_server import TOKEN, MilvusServer

_SECONDS: Final = 40.0
_LIMIT: Final = 20
_TIE: Final = 1e-5


@dataclass
class ServerKillFigures:
    """What became of the videos and the searches."""

    videos: int
    kills: int
    answered: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    """Answers that lacked something, or had something that was not there; and errors of another kind."""
    sentences: list[str] = field(default_factory=list)
    """What the refused searches said."""
    longest_refusal_s: float = 0.0
    not_ready: int = 0
    embedded_again: int = 0
    attempts: int = 0
    """The most that a job took; what is away costs none."""
    back_after_s: float = 0.0
    """The longest from the server's first answer to the application's."""

    @property
    def clean(self) -> bool:
        lost = self.not_ready or self.embedded_again or self.wrong or self.attempts > 1
        return not lost and self.answered > 0 and all(self.sentences)


class _Searches:
    """Somebody who goes on searching, and holds every answer against what is known to be there."""

    def __init__(self, library: Library, engine: FakeEmbedder, figures: ServerKillFigures) -> None:
        self._library, self._engine, self._figures = library, engine, figures
        self.asked = 0

    def during_indexing(self) -> None:
        """Search the index: what was ready before has to be found, and nothing that is not stored."""
        space, index = self._engine.space, self._library._parts.index
        ready = {video.id: video for video in self._library.videos() if video.status == "ready"}
        [vector] = embeddings_of(f"question {self.asked}", 1.0, space.dimension)[:1]

        def ask() -> None:
            [hits] = index.search(space, "visual", vector.vector[None], limit=_LIMIT)
            found = {hit.row.key: hit.cosine for hit in hits}
            least = min(found.values(), default=-1.0) if len(found) == _LIMIT else -1.0
            for video in ready.values():
                for one in embeddings_of(video.id, video.media.duration_s, space.dimension):
                    cosine = float(one.vector @ vector.vector)
                    if one.modality == "visual" and cosine > least + _TIE:
                        place = f"{one.segment.start_ms}:{one.segment.end_ms}"
                        told = found.get(f"{video.id}:clip:visual:{place}", -2.0)
                        if abs(told - cosine) > _TIE:
                            self._figures.wrong.append(f"{video.id} {place} has {told}, not {cosine}")

        self._ask(ask)

    def of_words(self, expected: dict[str, object]) -> None:
        """Search with words, as a page does, in a library that does not change."""
        words = f"words {self.asked}"

        def ask() -> None:
            expected[words] = answer(self._library, words)

        self._ask(ask)

    def _ask(self, ask: Callable[[], None]) -> None:
        self.asked += 1
        began = time.monotonic()
        try:
            ask()
            self._figures.answered += 1
        except IndexUnavailable as exc:
            self._figures.refused += 1
            took_s = time.monotonic() - began
            self._figures.longest_refusal_s = max(self._figures.longest_refusal_s, round(took_s, 1))
            if exc.message not in self._figures.sentences:
                self._figures.sentences.append(exc.message)
            time.sleep(0.1)
        except Exception as exc:  # noqa: BLE001 - any other end of a search is what the trial looks for
            self._figures.wrong.append(f"{type(exc).__name__}: {exc}")


def answer(library: Library, words: str) -> list[tuple[object, float]]:
    """Return what a search finds, best first."""
    found = library.search(Query((Text(words),), limit=_LIMIT)).moments
    return [((one.video_id, one.start_s, one.end_s), round(one.score, 4)) for one in found]


def server_kill_trial(
    folder: Path, *, videos: int, searches: int, kills: int, seed: int = 1
) -> ServerKillFigures:
    """Kill the server half of the times while videos are indexed, and half while words are searched."""
    chance = random.Random(seed)
    engine = FakeEmbedder(folder / "engine", delay_s=0.1)
    figures = ServerKillFigures(videos, kills)
    with MilvusServer(folder / "server") as server, _fitted(engine, folder):
        settings = Settings(
            data_dir=folder / "data", milvus_uri=server.address, milvus_token=SecretStr(TOKEN)
        )
        with open_library(settings) as library:
            searching = _Searches(library, engine, figures)
            for number in range(videos):
                library.add_file(
                    write_fake_video(folder / f"{number}.mp4", f"film {number}", duration_s=_SECONDS)
                )
            with _killing(server, library, figures, kills - kills // 2, chance):
                while library.jobs(active_only=True):
                    if searching.asked < searches // 2:
                        searching.during_indexing()
                    time.sleep(0.05)
            _judge_videos(library, engine, figures)
            told: dict[str, object] = {}
            with _killing(server, library, figures, kills // 2, chance) as ended:
                while searching.asked < searches or not ended.is_set():
                    searching.of_words(told)
                    time.sleep(0.02)
        # Whoever opens it anew remembers no answer.
        with open_library(settings) as library:
            for words, before in told.items():
                if answer(library, words) != before:
                    figures.wrong.append(f"“{words}” was answered otherwise")
    return figures


@contextmanager
def _fitted(engine: FakeEmbedder, folder: Path) -> Iterator[None]:
    media = FakeMedia(Diary(folder / "media.txt"))
    with (
        patch.object(composition, "open_embedder", lambda *_: engine),
        patch.object(MediaTools, "real", classmethod(lambda _cls: media.tools())),
    ):
        yield


@contextmanager
def _killing(
    server: MilvusServer, library: Library, figures: ServerKillFigures, times: int, chance: random.Random
) -> Iterator[threading.Event]:
    """Kill the server so often at random moments and start it again; the event says that it is over."""
    over = threading.Event()

    def kill() -> None:
        try:
            for _ in range(times):
                time.sleep(chance.uniform(0.5, 2.0))
                server.kill()
                time.sleep(chance.uniform(0.2, 2.0))
                server.start()
                figures.back_after_s = max(figures.back_after_s, _until_back(library))
        finally:
            over.set()

    thread = threading.Thread(target=kill, name="kills")
    thread.start()
    try:
        yield over
    finally:
        thread.join()


def _until_back(library: Library) -> float:
    began = time.monotonic()
    while not library.status().index_ready:
        time.sleep(0.05)
    return round(time.monotonic() - began, 2)


def _judge_videos(library: Library, engine: FakeEmbedder, figures: ServerKillFigures) -> None:
    figures.not_ready = sum(video.status != "ready" for video in library.videos())
    figures.embedded_again = engine.diary.count("collect") - figures.videos
    figures.attempts = max(job.attempt for job in library.jobs())


def main(videos: int = 30, searches: int = 200, kills: int = 4) -> int:
    """Print the figures; 1 where something was lost or wrong."""
    with tempfile.TemporaryDirectory() as folder:
        figures = server_kill_trial(Path(folder), videos=videos, searches=searches, kills=kills)
    print(json.dumps(asdict(figures) | {"clean": figures.clean}, ensure_ascii=False, indent=1))
    return 0 if figures.clean else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
