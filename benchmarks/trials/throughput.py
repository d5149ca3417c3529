"""Many videos at once: Cuepoint beside the script that everybody writes first, against the same stand-in."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pymilvus import MilvusClient
from twelvelabs import (
    AsyncTemporalSegmentation,
    AsyncVideoInputRequest,
    MediaSource,
    TemporalSegmentation_Fixed,
    TemporalSegmentationFixedFixed,
    TwelveLabs,
)

from benchmarks.trials.provider import index_films
from tests.twelvelabs_server.running import KEY, StandIn

_LOOK_EVERY_S = 1.0
"""How often the plain script looks; examples on the web take 5 seconds, which would be slower still."""


@dataclass(frozen=True)
class ThroughputFigures:
    """Seconds from the first file to the last row."""

    videos: int
    provider_s: float
    at_once: int
    ideal_s: float
    cuepoint_s: float
    plain_script_s: float | None

    @property
    def of_ideal(self) -> float:
        return round(self.cuepoint_s / self.ideal_s, 2)

    @property
    def times_faster(self) -> float | None:
        return None if self.plain_script_s is None else round(self.plain_script_s / self.cuepoint_s, 1)


def throughput_trial(
    server: StandIn,
    films: Sequence[Path],
    folder: Path,
    *,
    provider_s: float,
    at_once: int,
    beside_plain_script: bool = True,
) -> ThroughputFigures:
    """Return the figures; ``provider_s`` and ``at_once`` are how the stand-in was started."""
    ours = index_films(server, films, folder / "data", {"CUEPOINT_TASKS": str(at_once)})
    if not ours.clean:
        raise RuntimeError(f"not every video became ready: {ours}")
    plain_s = plain_script(server, films, folder / "plain.db") if beside_plain_script else None
    return ThroughputFigures(
        videos=len(films),
        provider_s=provider_s,
        at_once=at_once,
        ideal_s=math.ceil(len(films) / at_once) * provider_s,
        cuepoint_s=ours.took_s,
        plain_script_s=plain_s,
    )


def plain_script(server: StandIn, films: Sequence[Path], database: Path) -> float:
    """Embed and store one film after the other, as the provider's own example does; return the seconds."""
    began = time.monotonic()
    provider = TwelveLabs(api_key=KEY, base_url=server.url)
    milvus = MilvusClient(str(database))
    milvus.create_collection("clips", dimension=512, auto_id=True, metric_type="COSINE")
    for film in films:
        with film.open("rb") as file:
            asset = provider.assets.create(method="direct", file=(film.name, file))
        while provider.assets.retrieve(asset.id or "").status != "ready":
            time.sleep(_LOOK_EVERY_S)
        task = provider.embed.v_2.tasks.create(
            input_type="video",
            model_name="marengo3.5",
            video=AsyncVideoInputRequest(
                media_source=MediaSource(asset_id=asset.id),
                segmentation=AsyncTemporalSegmentation(
                    temporal=TemporalSegmentation_Fixed(fixed=TemporalSegmentationFixedFixed(duration_sec=4))
                ),
                embedding_option=["visual"],
                embedding_scope=["clip"],
            ),
        )
        while (found := provider.embed.v_2.tasks.retrieve(task.id)).status != "ready":
            time.sleep(_LOOK_EVERY_S)
        milvus.insert("clips", [{"vector": row.embedding, "film": film.name} for row in found.data or []])
    milvus.close()
    return round(time.monotonic() - began, 2)
