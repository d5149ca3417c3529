"""Serves the real pages over the stand-in library, for looking at them and for Chromium tests.

    python -m tests.ui.bench --port 8600 [--footage ../shared/footage] [--empty]

``/bench/...`` lets a test change what the stand-in answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import streamlit as st
import uvicorn
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from components.host import set_library
from components.protection import protection
from core.errors import EngineUnavailable
from tests.ui.stand_in import StandIn

ROOT = Path(__file__).resolve().parents[2]
library = StandIn(Path(tempfile.mkdtemp(prefix="cuepoint-bench-")))
set_library(library)  # type: ignore[arg-type]  # the stand-in has the façade's names, not its class
counts: dict[str, int] = {}
behaviour: dict[str, Any] = {}


async def media(request: Request) -> Response:
    kind, video_id, *rest = request.path_params["token"].split("-")
    counts[kind] = counts.get(kind, 0) + 1
    if kind == "clips":
        return Response(b"PK", media_type="application/zip")
    if video_id not in {video.id for video in library.videos()}:
        return JSONResponse({"message": "This video is gone. Choose another one."}, 404)
    if kind == "play":
        if behaviour.get("broken"):
            return JSONResponse({"message": behaviour["broken"]}, 404)
        if rest != [str(library.generation)]:
            return JSONResponse({"message": "This link has expired."}, 410)
        return FileResponse(library.source_path(video_id), media_type="video/mp4")
    if kind == "subtitles":
        return Response("WEBVTT\n\n00:01.000 --> 00:03.000\nA line of subtitles\n", media_type="text/vtt")
    if kind == "sprites":
        if not library.sprites_made:
            return JSONResponse({"message": "This picture has not been made yet."}, 404)
        sheet = await asyncio.to_thread(library.sprite_sheet, video_id, int(rest[0]))
        return FileResponse(sheet, headers={"Cache-Control": "private, max-age=600"})
    still = await asyncio.to_thread(library.still, video_id, int(rest[0]))
    return FileResponse(still, headers={"Cache-Control": "private, max-age=600"})


async def upload(request: Request) -> Response:
    details = json.loads(unquote(request.headers["x-cuepoint-details"]))
    if request.query_params["token"] != str(library.generation):
        return JSONResponse({"message": "This page is too old to upload. Reload it."}, 403)
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        await asyncio.sleep(behaviour.get("upload_delay_s", 0.0))
    library.calls.append(("upload", request.url.path, details, size))
    if request.url.path.endswith("subtitles"):
        return JSONResponse({"subtitles_id": "sub1"}, 201)
    name = details["name"]
    if behaviour.get("fail_once"):
        behaviour["fail_once"] = False
        return JSONResponse({"message": "The disk is full. Free some space, then try again."}, 507)
    if not name.endswith((".mp4", ".webm", ".mkv", ".mov")):
        return JSONResponse({"message": "This is not a video. Choose an MP4, MOV, WebM or MKV file."}, 415)
    first = library.videos()[0]
    outcome = "known" if name.startswith("known") else "added"
    return JSONResponse({"video_id": first.id, "title": name, "outcome": outcome}, 201)


async def bench(request: Request) -> Response:
    """Change the stand-in (``PUT {"generation": 2, "fault": true}``); answers what happened so far."""
    asked = await request.json() if request.method == "PUT" else {}
    if asked.get("reset"):
        library.reset()
        behaviour.clear()
    if "generation" in asked:
        library.generation = asked["generation"]
    if "fault" in asked:
        library.fault = (
            EngineUnavailable("The engine does not answer. Try again in a moment.")
            if asked["fault"]
            else None
        )
    if asked.get("crash"):
        library.fault = ZeroDivisionError("division by zero")
    if "title" in asked:
        library.edit(next(iter(library.videos())).id, title=asked["title"])
    if "job" in asked:
        told = dict(asked["job"])
        title = told.pop("title")
        video = next(video for video in library.videos() if video.title == title)
        library.forget_jobs(video.id)
        library.job(video, told.pop("state"), **told)
    if "subtitled" in asked:
        library.give_subtitles(asked["subtitled"])
    library.arrange(asked)
    library.arrange_relinking(asked)
    library.arrange_shots(asked)
    if "sprites" in asked:
        library.sprites_made = asked["sprites"]
    if "long" in asked:
        library.make_long(*asked["long"])
    if "good_match" in asked:
        library.good_match = asked["good_match"]
    behaviour.update(
        {name: value for name, value in asked.items() if name in ("upload_delay_s", "fail_once", "broken")}
    )
    if asked.get("forget"):
        counts.clear()
        library.calls.clear()
    videos = {video.title: video.id for video in library.videos()}
    return JSONResponse(
        {
            "counts": counts,
            "calls": library.calls,
            "videos": videos,
            "searches": library.searches,
            "listed": library.listed,
            "asked_batches": library.asked_batches,
            "lists": library.told_shots(),
            "together": [query.together for query in library.queries],
        }
    )


app = st.App(
    str(ROOT / "pages" / "shell.py"),
    routes=[
        Route("/api/media/{token}", media, methods=["GET", "HEAD"]),
        Route("/api/upload", upload, methods=["PUT"]),
        Route("/api/upload/subtitles", upload, methods=["PUT"]),
        Route("/bench", bench, methods=["GET", "PUT"]),
    ],
    # What the pages may load is decided here as it is in the application.
    middleware=protection(lambda: ("127.0.0.1",)),
)


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8600)
    parser.add_argument("--footage", type=Path)
    parser.add_argument("--empty", action="store_true")
    asked = parser.parse_args()
    if asked.footage:
        for number, path in enumerate(
            sorted(asked.footage.glob("*.mp4")) + sorted(asked.footage.glob("*.webm"))
        ):
            words = path.stem.replace("_", " ").replace("-", " ").split()
            library.put(
                " ".join(words).capitalize(),
                path,
                tags=tuple(words),
                category=("road", "people", "film")[number % 3],
            )
    elif not asked.empty:
        library.fill()
    uvicorn.run(app, host="127.0.0.1", port=asked.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
