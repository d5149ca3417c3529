"""The real SDK against the stand-in: a client, films of known colours and sounds, uploads, tasks."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from twelvelabs import (
    AsyncTemporalSegmentation,
    AsyncVideoInputRequest,
    MediaSource,
    MultiInputMediaSource,
    TemporalSegmentation_Fixed,
    TemporalSegmentationFixedFixed,
    TwelveLabs,
    VideoSegmentation_Fixed,
    VideoSegmentationFixedFixed,
)
from twelvelabs.core.api_error import ApiError
from twelvelabs.types import EmbeddingData, EmbeddingTaskResponse

from tests.scene_sounds import Sound
from tests.scenes import COLOURS, HEIGHT, WIDTH, Picture, Scene, write
from tests.twelvelabs_server.running import KEY, StandIn

SCENE_S = 4.0


def client_of(server: StandIn, key: str = KEY, timeout_s: float = 10.0) -> TwelveLabs:
    """Return the SDK's client for a stand-in."""
    return TwelveLabs(api_key=key, base_url=server.url, httpx_client=httpx.Client(timeout=timeout_s))


def film(
    path: Path, colours: Sequence[str], *, size: tuple[int, int] = (640, 360), sounds: Sequence[Sound] = ()
) -> Path:
    """Write a film that shows each of these colours (and plays each of these sounds) for four seconds."""

    def draw(at_s: float) -> Picture:
        colour = colours[min(len(colours) - 1, int(at_s / SCENE_S + 1e-6))]
        return np.full((HEIGHT, WIDTH, 3), COLOURS[colour], np.uint8)

    def play(times: np.ndarray) -> np.ndarray:
        parts = [sound(times) for sound in sounds]
        return np.choose(np.minimum((times / SCENE_S).astype(int), len(parts) - 1), parts)

    return write(
        Scene("film", draw, play if sounds else None), path, seconds=SCENE_S * len(colours), size=size
    )


def uploaded(client: TwelveLabs, path: Path, name: str | None = None) -> str:
    """Send a file and return its asset's id."""
    with path.open("rb") as file:
        asset = client.assets.create(method="direct", file=(name or path.name, file, "video/mp4"))
    assert asset.id is not None
    return asset.id


def begun(client: TwelveLabs, asset_id: str, model: str = "marengo3.5", **changes: Any) -> str:
    """Start a task of an asset, cut every four seconds, clips only, unless told otherwise."""
    top = {name: changes.pop(name) for name in ("embedding_dimension",) if name in changes}
    fixed = SCENE_S if "seconds" not in changes else changes.pop("seconds")
    wrapped = AsyncTemporalSegmentation(
        temporal=TemporalSegmentation_Fixed(fixed=TemporalSegmentationFixedFixed(duration_sec=int(fixed)))
    )
    plain = VideoSegmentation_Fixed(fixed=VideoSegmentationFixedFixed(duration_sec=int(fixed)))
    asked = {
        "media_source": MediaSource(asset_id=asset_id),
        "segmentation": wrapped if model == "marengo3.5" else plain,
        "embedding_scope": ["clip"],
    }
    return client.embed.v_2.tasks.create(
        input_type="video", model_name=model, video=AsyncVideoInputRequest(**(asked | changes)), **top
    ).id


def finished(client: TwelveLabs, task_id: str, within_s: float = 20.0) -> EmbeddingTaskResponse:
    """Return a task once it is no longer processing."""
    end = time.monotonic() + within_s
    while (task := client.embed.v_2.tasks.retrieve(task_id)).status == "processing":
        assert time.monotonic() < end, "the task is processing for too long"
        time.sleep(0.05)
    return task


def embedded(
    client: TwelveLabs, path: Path, model: str = "marengo3.5", **changes: Any
) -> list[EmbeddingData]:
    """Return the embeddings of a film."""
    task = finished(client, begun(client, uploaded(client, path), model, **changes))
    assert task.data is not None, task.error
    return task.data


def of_option(data: Sequence[EmbeddingData], option: str) -> list[EmbeddingData]:
    return [item for item in data if item.embedding_option == option]


def nearest(query: Sequence[float], data: Sequence[EmbeddingData]) -> float | None:
    """Return where the segment starts whose vector is nearest to a query's."""
    wanted = np.array(query) / np.linalg.norm(query)
    scores = [float(wanted @ np.array(item.embedding)) / np.linalg.norm(item.embedding) for item in data]
    return data[int(np.argmax(scores))].start_sec


def base64_of(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def source_of(path: Path, kind: str, name: str | None = None) -> MultiInputMediaSource:
    """Return a file as a media source of Marengo 3.5."""
    return MultiInputMediaSource(media_type=kind, base_64_string=base64_of(path), name=name)


def code_of(error: ApiError) -> str:
    """Return the provider's code in an error of either shape."""
    body = error.body if isinstance(error.body, dict) else error.body.model_dump()
    return str(body.get("error", body)["code"])
