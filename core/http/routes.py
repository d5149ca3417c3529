"""The routes that stand beside the pages."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from core.http.answers import answered
from core.http.clips import clips
from core.http.control import control
from core.http.health import Readiness, health
from core.http.media import media
from core.http.port import GetLibrary
from core.http.upload import upload, upload_subtitles


def routes(get_library: GetLibrary, brief: Callable[[], bool] = lambda: False) -> list[Route]:
    """Return the routes, to be put before those of the pages.

    ``get_library`` is asked for every request, since the library is opened after the routes are made.
    While ``brief()`` is true, readiness is told in one word.
    """
    return [
        Route("/api/media/{token}", answered(get_library, media), methods=["GET", "HEAD"]),
        Route("/api/clips/{token}", answered(get_library, clips), methods=["GET", "HEAD"]),
        Route("/api/upload", answered(get_library, upload), methods=["PUT"]),
        Route("/api/upload/subtitles", answered(get_library, upload_subtitles), methods=["PUT"]),
        Route("/api/control/{work}", answered(get_library, control), methods=["POST"]),
        Route("/api/health", health, methods=["GET", "HEAD"]),
        Route("/api/ready", Readiness(get_library, brief).ready, methods=["GET", "HEAD"]),
    ]
