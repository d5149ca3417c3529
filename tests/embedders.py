"""The engines that keep the Embedder contract, and what its tests share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from _pytest.mark.structures import ParameterSet
from pydantic import SecretStr

from core.config import Settings
from core.embedding.port import Cue, Embedder, QueryVectors, Source
from core.embedding.preview.engine import PreviewEmbedder
from core.embedding.twelvelabs.engine import TwelveLabsEmbedder
from core.media.probe import probe
from core.model import Embedding, Segment, Ticket, Vector
from tests import scene_sounds as sounds
from tests.conftest import LIVE_KEY
from tests.scenes import Scene, plain, write
from tests.twelvelabs_server.running import KEY, standing_in

Factory = Callable[[Settings], Embedder]

MODELS: tuple[Literal["marengo3.5", "marengo3.0"], ...] = ("marengo3.5", "marengo3.0")


@contextmanager
def preview() -> Iterator[Factory]:
    yield PreviewEmbedder


@contextmanager
def standing_in_for(model: str) -> Iterator[Factory]:
    """The real SDK, talking over HTTP to the stand-in."""
    with standing_in(task_s=0.2) as server:
        yield lambda settings: TwelveLabsEmbedder(
            settings.model_copy(
                update={
                    "twelve_labs_api_key": SecretStr(KEY),
                    "twelve_labs_base_url": server.url,
                    "model": model,
                }
            )
        )


@contextmanager
def live(model: str) -> Iterator[Factory]:
    """The provider itself: it costs what a minute of video costs."""
    key = os.environ[LIVE_KEY]
    if not key:
        pytest.skip("the live suite needs TWELVE_LABS_API_KEY in the environment")
    yield lambda settings: TwelveLabsEmbedder(
        settings.model_copy(update={"twelve_labs_api_key": SecretStr(key), "model": model})
    )


ENGINES: Mapping[str, Callable[[], AbstractContextManager[Factory]]] = {
    "preview": preview,
    **{model: partial(standing_in_for, model) for model in MODELS},
    **{f"live-{model}": partial(live, model) for model in MODELS},
}
"""Another engine joins by a line here: for as long as a module needs it, a function from settings to an
embedder. Names that begin with ``live`` run only with ``-m live``."""


def engine_params() -> list[ParameterSet]:
    """Return the engines as parameters of a fixture."""
    return [
        pytest.param(engine, id=name, marks=[pytest.mark.live] if name.startswith("live") else [])
        for name, engine in ENGINES.items()
    ]


def made_source(folder: Path, settings: Settings) -> Source:
    """Four seconds of red, then four of blue, with a tone; with a title, tags and subtitles."""
    red, blue = plain((220, 20, 20))(0), plain((30, 50, 220))(0)
    scene = Scene("both", lambda t: red if t < 4 else blue, sounds.tone(440))
    path = write(scene, folder / "both.mp4", seconds=8, size=(640, 360))
    return Source(
        video_id="a" * 32,
        path=path,
        media=probe(path, settings),
        size_bytes=path.stat().st_size,
        title="Harbour at noon",
        tags=("boats",),
        cues=(Cue(Segment(0.5, 2.0), "The lighthouse keeper"), Cue(Segment(4.5, 6.0), "has gone fishing")),
    )


def embedded(embedder: Embedder, source: Source) -> list[Embedding]:
    """Hold the whole conversation, as the pipeline does."""
    ticket = submitted(embedder, source)
    wait_for_task(embedder, ticket)
    found = list(embedder.collect(source, ticket, lambda progress: None))
    embedder.release(ticket)
    return found


def wait_for_task(embedder: Embedder, ticket: Ticket) -> None:
    """Return once the task has ended, asking as seldom as the engine wants to be asked."""
    while (status := embedder.poll(ticket)).state == "processing":
        time.sleep(max(0.05, status.poll_after_s))


def submitted(embedder: Embedder, source: Source) -> Ticket:
    """Bring a video to the engine and start its task; each step saves what it returns."""
    saved = Ticket()

    def save(ticket: Ticket) -> None:
        nonlocal saved
        saved = ticket

    embedder.check(source)
    ticket = embedder.upload(source, Ticket(), save, lambda progress: None)
    assert saved == ticket
    while (status := embedder.poll_upload(ticket)).state == "processing":
        time.sleep(max(0.05, status.poll_after_s))
    assert status.state == "ready", status.message
    ticket = embedder.submit(source, ticket, save)
    assert saved == ticket
    return ticket


def assert_sound(vector: Vector, embedder: Embedder) -> None:
    """Check that a vector can be stored and compared."""
    assert vector.dtype == np.float32
    assert vector.shape == (embedder.space.dimension,)
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


def assert_query(query: QueryVectors, embedder: Embedder) -> None:
    assert set(query.by_modality) <= set(embedder.modalities)
    for vector in query.by_modality.values():
        assert_sound(vector, embedder)


def nearest(query: QueryVectors, embeddings: list[Embedding]) -> Embedding:
    """Return the visual embedding that is nearest to a query."""
    rows = [each for each in embeddings if each.modality == "visual"]
    return max(rows, key=lambda each: float(each.vector @ query.by_modality["visual"]))
