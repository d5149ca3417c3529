"""POST /api/control/...: work that the command line hands to the running application."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from core.errors import LibraryBusy
from core.http.answers import answer_json
from core.http.guards import bearer_token, refuse_cross_origin, refuse_remote
from core.http.port import ServedLibrary

log = logging.getLogger(__name__)

_working = threading.Lock()


async def control(request: Request, library: ServedLibrary) -> Response:
    """Do one piece of work and answer when it is done."""
    refuse_remote(request)
    refuse_cross_origin(request)
    library.tokens.check_control(bearer_token(request))
    work = str(request.path_params["work"])
    if work not in _WORK:
        return answer_json({"message": f"There is no such work. Ask for: {', '.join(_WORK)}."}, 404)
    return answer_json(await run_sync(_do, work, library))


def _do(work: str, library: ServedLibrary) -> dict[str, Any]:
    # Twice at once would draw the same clips twice, or drop the index under the other's hands.
    if not _working.acquire(blocking=False):
        raise LibraryBusy("This is being done already. Wait until it has finished.")
    try:
        log.info("control.started work=%s", work)
        return _WORK[work](library)
    finally:
        _working.release()


def _demo(library: ServedLibrary) -> dict[str, Any]:
    outcomes = library.add_demo()
    added = sum(1 for one in outcomes if one.video is not None and not one.known)
    known = sum(1 for one in outcomes if one.known)
    refused = [one.message for one in outcomes if one.video is None and one.message]
    message = f"{added} demo clips added, {known} were there before."
    return {"message": " ".join([message, *refused]), "added": added, "known": known}


def _rebuild(library: ServedLibrary) -> dict[str, Any]:
    report = library.rebuild()
    message = f"The index was rebuilt: {report.videos} videos, {report.rows} embeddings, none embedded again."
    return {"message": message, "videos": report.videos, "rows": report.rows}


_WORK: Final[dict[str, Callable[[ServedLibrary], dict[str, Any]]]] = {"demo": _demo, "rebuild": _rebuild}
