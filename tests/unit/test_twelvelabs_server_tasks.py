"""The stand-in's embedding tasks, asked through the real SDK."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from twelvelabs import AsyncTemporalSegmentation, TimeBasedMetadataEntry, TwelveLabs
from twelvelabs.core.api_error import ApiError
from twelvelabs.types import (
    TemporalSegmentation_Dynamic,
    TemporalSegmentationDynamicDynamic,
    VideoSegmentation_Dynamic,
    VideoSegmentationDynamicDynamic,
)

from tests.made_media import Film, sound_only
from tests.scene_sounds import tone
from tests.twelvelabs_bench import begun, client_of, code_of, embedded, film, finished, of_option, uploaded
from tests.twelvelabs_server.running import StandIn, standing_in

WRAPPED = AsyncTemporalSegmentation(
    temporal=TemporalSegmentation_Dynamic(dynamic=TemporalSegmentationDynamicDynamic(min_duration_sec=2))
)
PLAIN = VideoSegmentation_Dynamic(dynamic=VideoSegmentationDynamicDynamic(min_duration_sec=2))


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with standing_in() as running:
        yield running


@pytest.fixture(scope="module")
def client(server: StandIn) -> TwelveLabs:
    return client_of(server)


@pytest.fixture(scope="module")
def red_green(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    return film(folder / "red-green.mp4", ["red", "green"], sounds=[tone(300), tone(1500)])


@pytest.fixture
def asset(client: TwelveLabs, red_green: Path) -> str:
    return uploaded(client, red_green)


def test_a_task_of_3_5_gives_a_vector_for_each_segment_and_modality(
    client: TwelveLabs, red_green: Path
) -> None:
    """Clips of visual and audio, finite, about one long, 512 values, with their times."""
    data = embedded(client, red_green)
    assert [(item.embedding_option, item.start_sec, item.end_sec) for item in data] == [
        ("visual", 0, 4), ("audio", 0, 4), ("visual", 4, pytest.approx(8, abs=0.1)),
        ("audio", 4, pytest.approx(8, abs=0.1)),
    ]  # fmt: skip
    assert all(len(item.embedding) == 512 for item in data)
    assert all(0.95 < np.linalg.norm(item.embedding) < 1.05 for item in data)


def test_a_task_of_3_0_has_transcription_and_an_asset_scope(client: TwelveLabs, red_green: Path) -> None:
    """Without being told otherwise, 3.0 gives three modalities in two scopes."""
    data = embedded(client, red_green, "marengo3.0", embedding_scope=None)
    assert {(item.embedding_option, item.embedding_scope) for item in data} == {
        (option, scope) for option in ("visual", "audio", "transcription") for scope in ("clip", "asset")
    }


def test_a_shorter_dimension_is_the_beginning_of_the_longer(client: TwelveLabs, red_green: Path) -> None:
    """Matryoshka: 128 values of 3.5 are the first of its 512, not renormalised."""
    long, short = embedded(client, red_green), embedded(client, red_green, embedding_dimension=128)
    assert short[0].embedding == long[0].embedding[:128]


def test_dynamic_segments_end_where_the_picture_changes(client: TwelveLabs, red_green: Path) -> None:
    """A change of scene at four seconds is a boundary."""
    data = embedded(client, red_green, segmentation=WRAPPED, embedding_option=["visual"])
    assert [item.start_sec for item in data] == [0, pytest.approx(4, abs=0.3)]


def test_subtitles_are_fused_into_the_segments_they_overlap(client: TwelveLabs, red_green: Path) -> None:
    """A text in the second segment moves the fused vector of that one only."""

    def fused(text: str) -> list[list[float]]:
        entries = [TimeBasedMetadataEntry(start=5, end=6, text=text)]
        data = embedded(
            client, red_green, embedding_type=["separate_embedding", "fused_embedding"],
            time_based_metadata=entries,
        )  # fmt: skip
        return [item.embedding for item in of_option(data, "fused")]

    one, other = fused("a whale"), fused("two engineers")
    assert one[0] == other[0]
    assert one[1] != other[1]


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("marengo3.5", {"segmentation": PLAIN}),
        ("marengo3.0", {"segmentation": WRAPPED}),
        ("marengo3.5", {"embedding_option": ["visual", "transcription"]}),
        ("marengo3.5", {"embedding_type": ["fused_embedding"]}),
        ("marengo3.0", {"embedding_dimension": 512}),
        ("marengo3.5", {"embedding_dimension": 32}),
        ("marengo3.5", {"seconds": 11}),
        ("marengo3.5", {"embedding_option": ["visual"], "embedding_type": ["separate_embedding"]}),
        ("marengo2.7", {}),
    ],
)
def test_what_a_model_does_not_take_is_a_400(
    client: TwelveLabs, asset: str, model: str, changes: dict[str, Any]
) -> None:
    """Each model refuses the other's form of a request, in the nested shape of these routes."""
    with pytest.raises(ApiError) as refused:
        begun(client, asset, model, **changes)
    assert refused.value.status_code == 400
    assert refused.value.body["error"]["code"] == "parameter_invalid"


def test_fused_needs_no_subtitles_on_3_0(client: TwelveLabs, red_green: Path) -> None:
    """3.0 fuses what it has."""
    data = embedded(client, red_green, "marengo3.0", embedding_type=["fused_embedding"])
    assert {item.embedding_option for item in data} == {"fused"}


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (800, 332, "video_resolution_too_low"),
        (1000, 400, "video_aspect_ratio_invalid"),
        (2400, 2200, "video_resolution_too_high"),
    ],
)
def test_a_picture_outside_the_limits_is_refused(
    client: TwelveLabs, tmp_path: Path, width: int, height: int, code: str
) -> None:
    """Sides from 360 to 5184x2160 and no more than 2.4:1, when the task is created."""
    path = Film(seconds=5, rate=Fraction(1), width=width, height=height).write(tmp_path / "film.mp4")
    with pytest.raises(ApiError) as refused:
        begun(client, uploaded(client, path))
    assert (refused.value.status_code, code_of(refused.value)) == (400, code)


def test_a_video_that_is_too_short_or_no_video_is_refused(
    client: TwelveLabs, asset: str, footage: Path, tmp_path: Path
) -> None:
    """Less than four seconds, or only sound: 400, and nothing is billed."""
    for path in (footage / "asl_bird.mkv", sound_only(tmp_path / "sound.m4a", seconds=6)):
        with pytest.raises(ApiError) as refused:
            begun(client, uploaded(client, path))
        assert refused.value.status_code == 400


def test_limits_may_show_only_later(tmp_path: Path) -> None:
    """With limits_checked=later the task is created and fails, with the numbers in its message."""
    with standing_in(limits_checked="later") as server:
        client = client_of(server)
        asset_id = uploaded(client, film(tmp_path / "low.mp4", ["red", "blue"], size=(800, 332)))
        task = finished(client, begun(client, asset_id))
        assert task.status == "failed"
        assert task.error is not None
        assert "800x332" in task.error.message
        assert server.statistics()["bills"] == []


def test_an_asset_that_is_not_ready_is_refused(red_green: Path) -> None:
    """A task of an asset that is still processing is a 400."""
    with standing_in(asset_s=60) as server:
        client = client_of(server)
        with pytest.raises(ApiError) as refused:
            begun(client, uploaded(client, red_green))
        assert code_of(refused.value) == "asset_not_ready"
