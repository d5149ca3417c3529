"""What is asked of each Marengo model for a video, and how its recipe tells it."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from twelvelabs.core.serialization import convert_and_respect_annotation_metadata
from twelvelabs.types.async_video_input_request import AsyncVideoInputRequest

from core.config import Settings
from core.embedding.port import Cue, Source
from core.embedding.twelvelabs.options import ModelRules
from core.errors import MediaOutOfLimits, SettingsError
from core.model import MediaInfo, Segment, Space

LOUD = MediaInfo(12.0, 1280, 720, Fraction(25), "h264", audio_codec="aac", container="mp4")
SILENT = replace(LOUD, audio_codec=None)
CUES = (
    Cue(Segment(1.0, 2.5), "A red car."),
    Cue(Segment(3.0, 4.0), "   "),
    Cue(Segment(11.0, 19.0), "The end."),
    Cue(Segment(13.0, 14.0), "Behind the end."),
)


def rules(model: str = "marengo3.5", **settings: Any) -> ModelRules:
    return ModelRules(Settings(model=model, **settings))  # type: ignore[arg-type]  # named by the test


def source(media: MediaInfo = LOUD, **more: Any) -> Source:
    return Source("v", Path("film.mp4"), media, 1000, **more)


def sent(rules: ModelRules, of: Source) -> dict[str, Any]:
    """Return the JSON of the video, as the SDK writes it."""
    request = rules.task_request(of, "asset-1")
    written: dict[str, Any] = convert_and_respect_annotation_metadata(
        object_=request["video"].dict(), annotation=AsyncVideoInputRequest, direction="write"
    )
    return written


def test_the_default_is_marengo_35_seen_and_heard() -> None:
    """With the settings as they come: 3.5, 512 numbers, visual and audio, scenes of at least 4 s, clips."""
    request = rules().task_request(source(), "asset-1")
    assert (request["model_name"], request["input_type"], request["embedding_dimension"]) == (
        "marengo3.5",
        "video",
        512,
    )
    assert sent(rules(), source()) == {
        "media_source": {"asset_id": "asset-1"},
        "segmentation": {"temporal": {"strategy": "dynamic", "dynamic": {"min_duration_sec": 4}}},
        "embedding_option": ["visual", "audio"],
        "embedding_scope": ["clip"],
        "embedding_type": ["separate_embedding"],
    }


def test_marengo_30_has_transcription_and_no_dimension() -> None:
    """3.0 is asked for speech too, takes no dimension, and its segmentation is not wrapped."""
    old = rules("marengo3.0", dimension=256)
    assert old.space == Space("twelvelabs", "marengo3.0", 512)
    assert "embedding_dimension" not in old.task_request(source(), "a")
    asked = sent(old, source())
    assert asked["embedding_option"] == ["visual", "audio", "transcription"]
    assert asked["segmentation"] == {"strategy": "dynamic", "dynamic": {"min_duration_sec": 4}}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("marengo3.5", {"temporal": {"strategy": "fixed", "fixed": {"duration_sec": 6}}}),
        ("marengo3.0", {"strategy": "fixed", "fixed": {"duration_sec": 6}}),
    ],
)
def test_segments_of_one_length(model: str, expected: dict[str, Any]) -> None:
    """A fixed length is sent in the form of the model."""
    assert sent(rules(model, segmentation="fixed", segment_s=6), source())["segmentation"] == expected


def test_a_shorter_vector_is_another_space() -> None:
    """A shorter Matryoshka dimension is asked for, and is a space of its own."""
    short = rules(dimension=128)
    assert short.space == Space("twelvelabs", "marengo3.5", 128)
    assert short.task_request(source(), "a")["embedding_dimension"] == 128


@pytest.mark.parametrize("model", ["marengo3.5", "marengo3.0"])
def test_a_silent_video_is_not_listened_to(model: str) -> None:
    """Of a video without sound only the picture is asked for, and no type: one option takes none."""
    asked = sent(rules(model, modalities="visual,audio,fused"), source(SILENT, cues=CUES))
    assert asked["embedding_option"] == ["visual"]
    assert "embedding_type" not in asked
    assert "time_based_metadata" not in asked


def test_a_silent_video_with_nothing_to_see_is_refused() -> None:
    """Where sound alone is embedded, a silent video is refused with the way out."""
    deaf = rules(modalities="audio")
    deaf.check(source())
    with pytest.raises(MediaOutOfLimits, match="Add visual"):
        deaf.check(source(SILENT))


def test_fused_on_35_carries_the_subtitles() -> None:
    """On 3.5 the subtitles go in as metadata: none of them empty, none behind the end of the video."""
    asked = sent(rules(modalities="visual,audio,fused"), source(cues=CUES))
    assert asked["embedding_type"] == ["separate_embedding", "fused_embedding"]
    assert asked["time_based_metadata"] == [
        {"start": 1.0, "end": 2.5, "text": "A red car."},
        {"start": 11.0, "end": 12.0, "text": "The end."},
    ]


def test_fused_on_35_needs_subtitles() -> None:
    """Without subtitles 3.5 is not asked for fused: it would refuse the task."""
    without = rules(modalities="visual,audio,fused")
    assert without.asked(source()) == ("visual", "audio")
    assert sent(without, source())["embedding_type"] == ["separate_embedding"]


def test_fused_on_30_needs_none() -> None:
    """3.0 fuses what it sees and hears, and takes no metadata."""
    asked = sent(rules("marengo3.0", modalities="visual,audio,fused"), source(cues=CUES))
    assert asked["embedding_type"] == ["separate_embedding", "fused_embedding"]
    assert "time_based_metadata" not in asked


def test_whole_videos_only_where_asked() -> None:
    """The scope of whole videos is asked for by the setting alone; the provider's default is both."""
    assert sent(rules(), source())["embedding_scope"] == ["clip"]
    assert sent(rules(scopes="clip,asset"), source())["embedding_scope"] == ["clip", "asset"]


@pytest.mark.parametrize(
    ("model", "wrong", "variable"),
    [
        ("marengo3.5", {"modalities": "visual,transcription"}, "CUEPOINT_MODALITIES"),
        ("marengo3.5", {"modalities": "visual,fused"}, "CUEPOINT_MODALITIES"),
        ("marengo3.0", {"modalities": "fused"}, "CUEPOINT_MODALITIES"),
        ("marengo3.5", {"scopes": "asset"}, "CUEPOINT_SCOPES"),
        ("marengo3.5", {"segmentation": "fixed", "segment_s": 2.5}, "CUEPOINT_SEGMENT_S"),
    ],
)
def test_settings_that_do_not_go_together_name_themselves(
    model: str, wrong: dict[str, Any], variable: str
) -> None:
    """What a model cannot do is refused at the start, with the variable and a value that works."""
    with pytest.raises(SettingsError) as caught:
        rules(model, **wrong)
    assert variable in caught.value.message
    assert "Set it to" in caught.value.message


def test_a_length_that_is_not_used_is_not_checked() -> None:
    """Where segments follow the scenes, the length of fixed ones may be anything."""
    assert rules(segment_s=2.5).segmentation_text == "at scene changes, at least 4 s"


@pytest.mark.parametrize(
    ("settings", "of", "recipe"),
    [
        ({}, source(), "scenes4-visual-audio-clip"),
        ({"scene_min_s": 2}, source(), "scenes2-visual-audio-clip"),
        ({"segmentation": "fixed", "segment_s": 6}, source(), "fixed6-visual-audio-clip"),
        ({"scopes": "clip,asset"}, source(), "scenes4-visual-audio-clip-asset"),
        ({"model": "marengo3.0"}, source(), "scenes4-visual-audio-transcription-clip"),
        ({}, source(SILENT), "scenes4-visual-clip"),
        ({}, source(cues=CUES), "scenes4-visual-audio-clip"),
        ({}, source(replace(LOUD, height=332), fit=True), "scenes4-visual-audio-clip-fitted"),
        ({}, source(fit=True), "scenes4-visual-audio-clip"),
        ({"dimension": 128}, source(), "scenes4-visual-audio-clip"),
    ],
)
def test_the_recipe_tells_what_makes_a_difference(settings: dict[str, Any], of: Source, recipe: str) -> None:
    """Cuts, modalities, scopes and a fitted copy are in it; what changes no vector is not."""
    assert rules(**settings).recipe(of) == recipe


def test_other_subtitles_are_another_recipe() -> None:
    """Where subtitles go into the fused vectors, changing a line changes the recipe."""
    fused = rules(modalities="visual,audio,fused")
    told = [fused.recipe(source(cues=cues)) for cues in ((), CUES, CUES[:1], CUES[:2])]
    assert told[0] == "scenes4-visual-audio-clip"
    assert len(set(told)) == 3, "an empty line changes nothing"
    assert all(re.fullmatch(r"[a-z0-9-]{1,80}", recipe) for recipe in told)


@pytest.mark.parametrize(("model", "seconds", "megabytes"), [("marengo3.5", 30, 32), ("marengo3.0", 600, 36)])
def test_the_limits_of_a_query(model: str, seconds: float, megabytes: int) -> None:
    """A sample clip may be as long and as large as its model takes."""
    limits = rules(model).limits
    assert (limits.clip_max_s, limits.clip_max_bytes) == (seconds, megabytes * 1024 * 1024)
