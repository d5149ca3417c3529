"""Assets: files sent directly, listed, looked at, deleted."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any, BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.twelvelabs_server.account import Account, Asset, new_id, stamp
from tests.twelvelabs_server.door import FAULT
from tests.twelvelabs_server.paging import page_of
from tests.twelvelabs_server.refusals import Refusal, invalid, missing, unknown


def detail(asset: Asset, account: Account) -> dict[str, Any]:
    """Return an asset as the provider shows it."""
    status = asset.status(account.now(), account.options.asset_s)
    shown: dict[str, Any] = {
        "_id": asset.id,
        "method": asset.method,
        "status": status,
        "filename": asset.filename,
        "file_type": mimetypes.guess_type(asset.filename)[0] or "application/octet-stream",
        "created_at": stamp(asset.created_at),
    }
    if status == "failed":
        shown["error"] = {"message": "The file is corrupted or its format is not supported."}
    if status == "ready" and (facts := asset.facts):
        shown["size"] = asset.size
        technical: dict[str, Any] = {"file_size_bytes": asset.size, "has_audio": facts.has_sound}
        if facts.kind != "image":
            shown["duration"] = facts.duration_s
        if facts.kind == "video":
            technical |= {
                "video_width": facts.width,
                "video_height": facts.height,
                "video_fps": facts.fps,
                "video_codec": facts.video_codec,
                "video_duration_seconds": facts.duration_s,
            }
        shown["technical_metadata"] = technical
    return shown


async def create(request: Request) -> Response:
    """POST /assets: a file in a form, spooled to disk while it arrives."""
    account: Account = request.app.state.account
    limit = account.options.direct_limit
    # What is plainly too large is refused before it is read; the form around the file is small.
    if int(request.headers.get("content-length", "0")) > limit + 64 * 1024:
        async for _ in request.stream():
            pass
        raise _too_large(limit)
    async with request.form() as form:
        method, file = form.get("method"), form.get("file")
        if method is None:
            raise missing("method")
        if method != "direct":
            raise invalid("The method parameter is invalid.", parameter="method")
        if not isinstance(file, UploadFile):
            raise missing("file")
        if (file.size or 0) > limit:
            raise _too_large(limit)
        name = form.get("filename") or file.filename or "file"
        asset = Asset(new_id(), Path(str(name)).name, "direct", account.now(), size=file.size or 0)
        asset.path = account.folder / asset.id
        asset.stuck = request.scope[FAULT] == "asset-stuck"
        digest = await run_in_threadpool(_stored, file.file, asset.path)
    await run_in_threadpool(account.keep, asset, digest)
    account.assets[asset.id] = asset
    return JSONResponse(detail(asset, account), 201)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "file_size_too_large", f"The file is larger than {limit // 2**20} MB.")


def _stored(source: BinaryIO, target: Path) -> str:
    digest = hashlib.sha256()
    source.seek(0)
    with target.open("wb") as file:
        while block := source.read(1024 * 1024):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


async def listing(request: Request) -> Response:
    """GET /assets: newest first; by identifiers, types, or a part of the name."""
    account: Account = request.app.state.account
    query = request.query_params
    wanted = [part for value in query.getlist("asset_ids") for part in value.split(",")]
    types = [part for value in query.getlist("asset_types") for part in value.split(",")]
    part = query.get("filename", "").lower()
    found = [
        asset
        for asset in sorted(account.assets.values(), key=lambda asset: asset.created_at, reverse=True)
        if (not wanted or asset.id in wanted)
        and (not types or (asset.facts is not None and asset.facts.kind in types))
        and part in asset.filename.lower()
    ]
    data, info = page_of(request, found, lambda asset: detail(asset, account))
    return JSONResponse({"data": data, "page_info": info})


def _asset(request: Request) -> Asset:
    asset_id = request.path_params["asset_id"]
    asset = request.app.state.account.assets.get(asset_id)
    if asset is None:
        raise unknown(asset_id, "assets")
    return asset


async def retrieve(request: Request) -> Response:
    """GET /assets/{asset_id}"""
    return JSONResponse(detail(_asset(request), request.app.state.account))


async def delete(request: Request) -> Response:
    """DELETE /assets/{asset_id}"""
    request.app.state.account.forget(_asset(request))
    return Response(status_code=204)
