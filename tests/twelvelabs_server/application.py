"""The stand-in as one ASGI application."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from tests.twelvelabs_server import assets, multipart, queries, steering, tasks
from tests.twelvelabs_server.account import Account
from tests.twelvelabs_server.door import PREFIX, ROUTE, Door
from tests.twelvelabs_server.faults import FaultPlan
from tests.twelvelabs_server.options import Options
from tests.twelvelabs_server.refusals import Refusal
from tests.twelvelabs_server.vectors import FULL, vector
from tests.twelvelabs_server.words import described

_SESSIONS = "/assets/multipart-uploads"
_ROUTES = [
    Route("/assets", assets.create, methods=["POST"]),
    Route("/assets", assets.listing, methods=["GET"]),
    Route(_SESSIONS, multipart.create, methods=["POST"]),
    Route(_SESSIONS, multipart.listing, methods=["GET"]),
    Route(f"{_SESSIONS}/{{upload_id}}", multipart.status, methods=["GET"]),
    Route(f"{_SESSIONS}/{{upload_id}}", multipart.report, methods=["POST"]),
    Route(f"{_SESSIONS}/{{upload_id}}/presigned-urls", multipart.more_urls, methods=["POST"]),
    Route("/assets/{asset_id}", assets.retrieve, methods=["GET"]),
    Route("/assets/{asset_id}", assets.delete, methods=["DELETE"]),
    Route("/embed-v2", queries.create, methods=["POST"]),
    Route("/embed-v2/tasks", tasks.create, methods=["POST"]),
    Route("/embed-v2/tasks", tasks.listing, methods=["GET"]),
    Route("/embed-v2/tasks/{task_id}", tasks.retrieve, methods=["GET"]),
]


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return refusal.answer(request.scope[ROUTE], request.app.state.account.options.error_shape)


def build(options: Options) -> Door:
    """Return the application; it keeps files in a temporary folder for as long as it runs."""
    # The models' rotations take a moment the first time; no client should wait for them.
    for model in FULL:
        vector(described("ready"), model)
    account = Account(Path(tempfile.mkdtemp(prefix="twelvelabs-server-")), options)
    plan = FaultPlan(options.fault_seed)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            account.close()
            shutil.rmtree(account.folder, ignore_errors=True)

    inside = Starlette(
        routes=[
            Route("/_control", steering.control, methods=["PUT"]),
            Route("/_statistics", steering.statistics, methods=["GET"]),
            Route("/chunks/{upload_id}/{index:int}", multipart.put_chunk, methods=["PUT"]),
            Mount(PREFIX, routes=_ROUTES),
        ],
        exception_handlers={Refusal: _refused},
        lifespan=life,
    )
    inside.state.account = account
    inside.state.plan = plan
    return Door(inside, account, plan)
