"""Draws and encodes a demo clip: H.264 and AAC in an MP4, the same picture every time."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from core.demo.canvas import HEIGHT, WIDTH
from core.demo.catalogue import DemoClip, demo_clip
from core.demo.sounds import RATE, Sound

FRAMES_PER_SECOND: Final = 24
_SAMPLES: Final = 1024


def render(clip: DemoClip, target: Path, report: Callable[[float], None]) -> None:
    """Write the clip; ``target`` is there when it is whole. Progress from 0 to 1 is reported."""
    draft = target.with_name(f"{target.name}.tmp")
    try:
        with av.open(str(draft), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            container.metadata["creation_time"] = clip.recorded_at.isoformat()
            picture = container.add_stream(
                "libx264", rate=FRAMES_PER_SECOND, options={"preset": "veryfast", "crf": "22"}
            )
            picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            # A keyframe a second: seeking lands at once.
            picture.codec_context.gop_size = FRAMES_PER_SECOND
            # The encoder's output depends on how many threads share the work, so it is the same everywhere.
            picture.codec_context.thread_count = 2
            sound = container.add_stream("aac", rate=RATE, layout="mono")
            _write_pictures(container, picture, clip, report)
            _write_sound(container, sound, clip.sound(clip.duration_s))
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def render_request(request: dict[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Render in a child process: ``name`` of the clip, ``target`` path."""
    render(demo_clip(request["name"]), Path(request["target"]), report)
    return {}


def _write_pictures(
    container: av.container.OutputContainer,
    stream: av.VideoStream,
    clip: DemoClip,
    report: Callable[[float], None],
) -> None:
    total = round(clip.duration_s * FRAMES_PER_SECOND)
    number = 0
    for shot in clip.shots:
        paint = shot.open()
        for within in range(round(shot.seconds * FRAMES_PER_SECOND)):
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(paint(within / FRAMES_PER_SECOND)), format="rgb24"
            )
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
            container.mux(stream.encode(frame))
            number += 1
            report(0.95 * number / total)
    container.mux(stream.encode(None))


def _write_sound(container: av.container.OutputContainer, stream: av.AudioStream, sound: Sound) -> None:
    samples = np.clip(sound, -1, 1).astype(np.float32)[None, :]
    for begin in range(0, samples.shape[1], _SAMPLES):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[:, begin : begin + _SAMPLES]), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
