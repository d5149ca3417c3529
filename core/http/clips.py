"""GET and HEAD /api/clips/{token}: a zip of cut clips to carry away, with HTTP Range."""

from __future__ import annotations

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from core.http.media import HARMLESS, examine
from core.http.port import ServedLibrary


async def clips(request: Request, library: ServedLibrary) -> Response:
    """Serve the zip that the signed token in the address names, to be saved under its own name.

    Nobody keeps the answer: the file is large, is fetched once, and is gone after a day.
    """
    run_id = library.tokens.read_clips(str(request.path_params["token"]))
    path, name = await run_sync(library.clips_file, run_id)
    details, _ = await run_sync(examine, path)
    return FileResponse(
        path,
        headers={"Cache-Control": "private, no-store, no-transform", **HARMLESS},
        media_type="application/zip",
        filename=name,
        stat_result=details,
    )
