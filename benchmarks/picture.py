"""The chart as a file: a PNG by a headless Chromium where there is one, otherwise a page for a browser."""

from __future__ import annotations

import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import Final

import plotly.graph_objects as go
from PIL import Image

from benchmarks.chart import HEIGHT, WIDTH, figure
from benchmarks.results import Results

ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
COLOURS: Final = 128
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")


def write(results: Results, file: Path) -> list[Path]:
    """Draw the chart beside the results; return what was written, nothing where nothing was measured."""
    if not results.figures:
        return []
    drawn = figure(results)
    if browser := next(filter(None, map(shutil.which, _BROWSERS)), None):
        try:
            return [_png(drawn, file.with_suffix(".png"), browser)]
        except Exception as exc:  # noqa: BLE001 - whatever keeps a browser from drawing, the figures are there
            print(f"No picture: {str(exc).splitlines()[0]}", file=sys.stderr)
    else:
        print("No picture: no Chromium on the path. The page below shows the chart.", file=sys.stderr)
    page = file.with_suffix(".html")
    page.write_text(drawn.to_html(include_plotlyjs=True), encoding="utf-8")
    return [page]


def _png(drawn: go.Figure, file: Path, executable: str) -> Path:
    """Have a browser draw a figure at twice its size in pixels."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        try:
            page = browser.new_page(
                viewport={"width": WIDTH + 40, "height": HEIGHT + 40}, device_scale_factor=2
            )
            page.set_content(drawn.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
            page.wait_for_selector(".main-svg .xtitle")
            page.evaluate("document.fonts.ready")
            drawn_png = page.locator(".plotly-graph-div").screenshot()
        finally:
            browser.close()
    # Lines on white need few colours, and a third of the bytes; this way keeps the rare ones.
    Image.open(BytesIO(drawn_png)).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(
        file, optimize=True
    )
    return file
