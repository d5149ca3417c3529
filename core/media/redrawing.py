"""Turning decoded frames into upright pictures of one size, pixel format and colour space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from errno import EAGAIN
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import av
from av.filter.graph import Graph
from av.video.frame import VideoFrame
from PIL import Image

from core.media.orientation import Orientation, displayed_size, orientation_of

_HIGH_DYNAMIC: Final = (16, 18)  # AVCOL_TRC_SMPTE2084 (HDR10) and AVCOL_TRC_ARIB_STD_B67 (HLG)
_TO_SDR: Final = "out_color_matrix=bt709:out_primaries=bt709:out_transfer=bt709:out_range=tv"
_BT601: Final = (5, 6)
_UNSPECIFIED: Final = 2
_HD_LINES: Final = 720


@dataclass(frozen=True, slots=True)
class Look:
    """What the redrawn frames are like; width and height are those of the upright picture."""

    width: int
    height: int
    pixels: str
    """Name of the pixel format."""
    time_base: Fraction = Fraction(1, 90000)
    canvas: tuple[int, int] | None = None
    """Even width and height of what comes out: the picture in its middle and black around it, or, where it
    is smaller than the picture, what lies in the top left of it."""


class Redrawing:
    """Redraws frames in order, each with its own time.

    High dynamic range is brought down to BT.709, and interlaced frames are deinterlaced unless a frame
    has to come out at once. The graph is made again whenever the frames change, as in broadcasts.
    """

    def __init__(self, look: Look, *, deinterlace: bool = True) -> None:
        self._look, self._deinterlace = look, deinterlace
        self._graph: Graph | None = None
        self._fed: tuple[Any, ...] | None = None

    def redraw(self, frame: VideoFrame, pts: int) -> Iterator[VideoFrame]:
        """Yield the frames that are finished; ``pts`` counts in the look's time base."""
        fed = (
            frame.width,
            frame.height,
            frame.format.name,
            frame.color_trc,
            frame.colorspace,
            frame.rotation,
        )
        if self._graph is None or fed != self._fed:
            yield from self.finish()
            self._graph, self._fed = self._make_graph(frame), fed
        frame.pts, frame.time_base = pts, self._look.time_base
        self._graph.push(frame)
        yield from self._finished()

    def finish(self) -> Iterator[VideoFrame]:
        """Yield what is still held back."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._finished()
            self._graph = None

    def _finished(self) -> Iterator[VideoFrame]:
        while self._graph is not None:
            try:
                frame = self._graph.vpull()
            except EOFError:
                return
            except av.FFmpegError as exc:
                if exc.errno == EAGAIN:
                    return
                raise
            yield frame

    def _make_graph(self, frame: VideoFrame) -> Graph:
        look, turned = self._look, orientation_of(frame)
        graph = Graph()
        nodes = [
            graph.add(
                "buffer",
                video_size=f"{frame.width}x{frame.height}",
                pix_fmt=frame.format.name,
                time_base=str(look.time_base),
                pixel_aspect="1/1",
                colorspace=str(int(frame.colorspace)),
                range=str(int(frame.color_range)),
            )
        ]
        if frame.interlaced_frame and self._deinterlace:
            nodes.append(graph.add("bwdif", "mode=send_frame:deint=interlaced"))
        width, height = (look.height, look.width) if turned.swaps_sides else (look.width, look.height)
        if is_high_dynamic(frame):
            # Made small first: bringing down the range costs a hundred times as much a pixel.
            nodes.append(graph.add("scale", f"{width}:{height}:flags=bicubic"))
            nodes.append(graph.add("scale", _TO_SDR))
        else:
            nodes.append(graph.add("scale", f"{width}:{height}:flags=bicubic:{_colours(frame)}"))
        nodes.append(graph.add("format", look.pixels))
        nodes.extend(graph.add(name, options) for name, options in _turns(turned))
        if look.canvas is not None and look.canvas != (look.width, look.height):
            nodes.append(graph.add(*_onto_canvas(look.width, look.height, *look.canvas)))
        nodes.append(graph.add("buffersink"))
        for before, after in pairwise(nodes):
            before.link_to(after)
        graph.configure()
        return graph


def is_high_dynamic(frame: VideoFrame) -> bool:
    """Return whether the frame needs a screen of high dynamic range to look right."""
    return frame.color_trc in _HIGH_DYNAMIC


def _turns(turned: Orientation) -> list[tuple[str, str | None]]:
    steps: list[tuple[str, str | None]] = [("hflip", None)] if turned.mirrored else []
    if turned.clockwise == 180:
        return [*steps, ("hflip", None), ("vflip", None)]
    if turned.swaps_sides:
        steps.append(("transpose", "clock" if turned.clockwise == 90 else "cclock"))
    return steps


def _onto_canvas(width: int, height: int, canvas_width: int, canvas_height: int) -> tuple[str, str]:
    """Return filter and options; bars begin on even pixels, where the colour samples begin."""
    if canvas_width < width or canvas_height < height:
        return "crop", f"{canvas_width}:{canvas_height}:0:0"
    left, top = ((most - side) // 4 * 2 for most, side in ((canvas_width, width), (canvas_height, height)))
    return "pad", f"{canvas_width}:{canvas_height}:{left}:{top}:black"


def _colours(frame: VideoFrame) -> str:
    """Return the scale filter's colour options: what the frame is in, and limited range out."""
    matrix = int(frame.colorspace)
    if matrix == _UNSPECIFIED:
        # What Chromium assumes where a file does not say.
        name = "bt709" if frame.height >= _HD_LINES else "bt601"
        return f"in_color_matrix={name}:out_color_matrix={name}:out_range=tv"
    kept = "bt601" if matrix in _BT601 else "bt709"
    return f"out_color_matrix={kept}:out_range=tv"


class Upright:
    """Draws single frames of one video as RGB pictures that are turned as they are shown.

    ``aspect`` is width to height of one stored pixel; pictures are at most ``widest`` pixels wide.
    """

    def __init__(self, aspect: Fraction | None, *, widest: int | None = None) -> None:
        self._aspect, self._widest = aspect, widest
        self._drawn = 0
        # Kept between frames: a graph that brings down dynamic range takes a second to make.
        self._redrawing: Redrawing | None = None
        self._size: tuple[int, int] | None = None

    def picture(self, frame: VideoFrame) -> Image.Image:
        """Return the frame as a picture."""
        size = self._size_of(frame)
        if self._redrawing is None or size != self._size:
            self._redrawing, self._size = Redrawing(Look(*size, "rgb24"), deinterlace=False), size
        self._drawn += 1
        (drawn,) = self._redrawing.redraw(frame, self._drawn)
        return Image.fromarray(drawn.to_ndarray())

    def _size_of(self, frame: VideoFrame) -> tuple[int, int]:
        width, height = displayed_size(frame, self._aspect, orientation_of(frame))
        if self._widest is None or width <= self._widest:
            return width, height
        return self._widest, max(1, round(height * self._widest / width))
