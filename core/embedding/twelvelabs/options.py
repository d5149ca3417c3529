"""What is asked of each Marengo model, and what it can: the one place that knows their differences."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from twelvelabs import (
    AsyncTemporalSegmentation,
    AsyncVideoInputRequest,
    MediaSource,
    TemporalSegmentation_Dynamic,
    TemporalSegmentation_Fixed,
    TemporalSegmentationDynamicDynamic,
    TemporalSegmentationFixedFixed,
    TimeBasedMetadataEntry,
    VideoSegmentation_Dynamic,
    VideoSegmentation_Fixed,
    VideoSegmentationDynamicDynamic,
    VideoSegmentationFixedFixed,
)

from core.config import Settings
from core.embedding.port import QueryLimits, Source
from core.embedding.twelvelabs.limits import fitting_of
from core.errors import MediaOutOfLimits, SettingsError
from core.model import MODALITIES, Modality, Scope, Space

ENGINE: Final = "twelvelabs"
_MIB: Final = 1024 * 1024
_SOUND_FILES: Final = (".wav", ".mp3", ".flac")
"""Source: docs.twelvelabs.io, “Create sync embeddings”: audio is WAV, MP3 or FLAC."""
_SOUNDS: Final = frozenset({"audio", "transcription"})


@dataclass(frozen=True, slots=True)
class _Model:
    """What sets one model apart.

    Source: docstrings of the SDK 1.3.6 (`embed.v_2.create`, `AsyncVideoInputRequest`,
    `MultiInputMediaSource`, `VideoInputRequest`). Query texts are limited in tokens (2,000 and 500);
    the characters here are what that many tokens of ordinary prose hold with room to spare.
    """

    modalities: tuple[Modality, ...]
    one_vector: bool
    """Queries go in as `multi_input` and come back as one vector for all modalities."""
    limits: QueryLimits


_MODELS: Final = {
    "marengo3.5": _Model(
        modalities=("visual", "audio"),
        one_vector=True,
        limits=QueryLimits(
            text_characters=5000, clip_max_s=30.0, clip_max_bytes=32 * _MIB, sounds=_SOUND_FILES
        ),
    ),
    "marengo3.0": _Model(
        modalities=("visual", "audio", "transcription"),
        one_vector=False,
        limits=QueryLimits(
            text_characters=1500, clip_max_s=600.0, clip_max_bytes=36 * _MIB, sounds=_SOUND_FILES
        ),
    ),
}


class ModelRules:
    """One model with the settings in force. Raises: SettingsError where they do not go together."""

    def __init__(self, settings: Settings) -> None:
        self.model: str = settings.model
        self._model = _MODELS[settings.model]
        self.one_vector = self._model.one_vector
        self.limits = self._model.limits
        self.space = Space(ENGINE, self.model, settings.dimension if self.one_vector else 512)
        self.modalities = _modalities(settings, self._model)
        self.scopes = _scopes(settings)
        self._fixed_s = _fixed_seconds(settings)
        self._least_s = settings.scene_min_s

    # -- videos --

    def asked(self, source: Source) -> tuple[Modality, ...]:
        """Return what is embedded of this video: of a silent one no sound, and nothing fused with it.

        On 3.5 `fused` needs subtitles. Empty where nothing is left: `check` refuses such a video.
        """
        found = tuple(name for name in self.modalities if source.media.has_audio or name not in _SOUNDS)
        parts = tuple(name for name in found if name != "fused")
        if len(parts) < 2 or (self.one_vector and not _cues(source)):
            return parts
        return found

    def check(self, source: Source) -> None:
        """Refuse a video of which nothing would be embedded. Raises: MediaOutOfLimits."""
        if not self.asked(source):
            raise MediaOutOfLimits(
                "This video has no sound, and CUEPOINT_MODALITIES asks for sound alone. "
                "Add visual to it, or leave it unset."
            )

    def recipe(self, source: Source) -> str:
        """Return a file-name-safe key of how this video is embedded, such as ``scenes4-visual-audio-clip``.

        ``fitted`` is in it where a fitted copy goes up, and a hash of the subtitles where they are fused.
        """
        asked = self.asked(source)
        parts = [self._cut_name, *asked, *self.scopes]
        if "fused" in asked and self.one_vector:
            told = "\n".join(f"{cue.start}|{cue.end}|{cue.text}" for cue in _cues(source))
            parts.append("cues" + hashlib.sha256(told.encode()).hexdigest()[:10])
        if fitting_of(source) is not None:
            parts.append("fitted")
        return "-".join(parts)

    def task_request(self, source: Source, asset_id: str) -> dict[str, Any]:
        """Return the arguments of `embed.v_2.tasks.create` for a video that is up there as an asset.

        Source: `embedding_type` is refused with fewer than two options; `embedding_dimension`,
        `temporal` and `time_based_metadata` are for 3.5 alone; scopes default to clip and asset.
        """
        asked = self.asked(source)
        fused = "fused" in asked
        options = [name for name in asked if name != "fused"]
        video: dict[str, Any] = {
            "media_source": MediaSource(asset_id=asset_id),
            "segmentation": self._segmentation(),
            "embedding_option": options,
            "embedding_scope": list(self.scopes),
        }
        if len(options) > 1:
            video["embedding_type"] = ["separate_embedding", "fused_embedding"][: 1 + fused]
        if fused and self.one_vector:
            video["time_based_metadata"] = _cues(source)
        request = {"input_type": "video", "model_name": self.model, "video": AsyncVideoInputRequest(**video)}
        return request | self.dimension_argument

    @property
    def dimension_argument(self) -> dict[str, Any]:
        """Return the argument that asks for this space's dimension, for the model that has a choice."""
        return {"embedding_dimension": self.space.dimension} if self.one_vector else {}

    @property
    def _cut_name(self) -> str:
        return f"scenes{self._least_s}" if self._fixed_s is None else f"fixed{self._fixed_s}"

    @property
    def segmentation_text(self) -> str:
        """Return how videos are cut, in words for the status page."""
        if self._fixed_s is None:
            return f"at scene changes, at least {self._least_s} s"
        return f"every {self._fixed_s} s"

    def _segmentation(self) -> Any:
        temporal: Any
        if self.one_vector:
            if self._fixed_s is None:
                least = TemporalSegmentationDynamicDynamic(min_duration_sec=self._least_s)
                temporal = TemporalSegmentation_Dynamic(dynamic=least)
            else:
                length = TemporalSegmentationFixedFixed(duration_sec=self._fixed_s)
                temporal = TemporalSegmentation_Fixed(fixed=length)
            return AsyncTemporalSegmentation(temporal=temporal)
        if self._fixed_s is None:
            return VideoSegmentation_Dynamic(
                dynamic=VideoSegmentationDynamicDynamic(min_duration_sec=self._least_s)
            )
        return VideoSegmentation_Fixed(fixed=VideoSegmentationFixedFixed(duration_sec=self._fixed_s))


def _cues(source: Source) -> list[TimeBasedMetadataEntry]:
    """Return the subtitles as the provider takes them: within the video, none of them empty."""
    end_s = source.media.duration_s
    return [
        TimeBasedMetadataEntry(
            start=round(cue.segment.start_s, 3), end=round(min(cue.segment.end_s, end_s), 3), text=text
        )
        for cue in source.cues
        if (text := cue.text.strip()) and cue.segment.start_s < end_s
    ]


def _modalities(settings: Settings, model: _Model) -> tuple[Modality, ...]:
    chosen = settings.modalities or model.modalities
    for name in chosen:
        if name != "fused" and name not in model.modalities:
            raise SettingsError(
                f"CUEPOINT_MODALITIES asks for {name}, which {settings.model} does not have. "
                f"Set it to {','.join(model.modalities)}, or leave it unset."
            )
    if "fused" in chosen and len(set(chosen)) < 3:
        raise SettingsError(
            "CUEPOINT_MODALITIES asks for fused, which needs two others that it is made of. "
            "Set it to visual,audio,fused."
        )
    return tuple(name for name in MODALITIES if name in chosen)


def _scopes(settings: Settings) -> tuple[Scope, ...]:
    if "clip" not in settings.scopes:
        raise SettingsError("CUEPOINT_SCOPES has no clip, and moments are clips. Set it to clip.")
    return ("clip", "asset") if "asset" in settings.scopes else ("clip",)


def _fixed_seconds(settings: Settings) -> int | None:
    if settings.segmentation == "scenes":
        return None
    if not settings.segment_s.is_integer() or not 2 <= settings.segment_s <= 10:
        raise SettingsError(
            f"CUEPOINT_SEGMENT_S is {settings.segment_s:g}; Marengo cuts at whole seconds from 2 to 10. "
            "Set it to 4."
        )
    return int(settings.segment_s)
