"""Samples: which files can be searched with depends on the engine that is searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import Settings
from core.embedding.port import QueryLimits
from core.errors import InputRefused
from core.indexing.ports import MediaTools
from core.samples import Samples


def samples(folder: Path, limits: QueryLimits) -> Samples:
    return Samples(folder / "samples", Settings(data_dir=folder), MediaTools.real(), lambda: limits)


def test_sounds_are_kept_where_the_engine_takes_them(tmp_path: Path) -> None:
    """A sound file is a clip without a picture, for an engine that names its suffix."""
    kept = samples(tmp_path, QueryLimits(sounds=(".wav",)))
    sample_id = kept.keep("Voice.WAV", b"RIFF")
    assert kept.kind(sample_id) == "clip"
    assert kept.path(sample_id).suffix == ".wav"
    assert ".wav" in kept.suffixes


def test_sounds_are_refused_where_the_engine_takes_none(tmp_path: Path) -> None:
    """The sentence says what would work instead."""
    with pytest.raises(InputRefused, match="clip or a picture"):
        samples(tmp_path, QueryLimits()).keep("voice.wav", b"RIFF")
