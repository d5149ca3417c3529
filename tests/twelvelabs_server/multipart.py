"""Multipart uploads: sessions, presigned addresses for chunks, reports of what arrived."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.twelvelabs_server.account import Account, Asset, new_id, stamp
from tests.twelvelabs_server.door import FAULT
from tests.twelvelabs_server.paging import MOST, page_of
from tests.twelvelabs_server.refusals import Refusal, invalid, missing, unknown
from tests.twelvelabs_server.sessions import Session
from tests.twelvelabs_server.tasks import body_of

_LARGEST = {"video": 10 * 1024**3, "audio": 10 * 1024**3, "image": 32 * 1024**2}


def _root(request: Request) -> str:
    return f"http://{request.headers['host']}"


def _session(request: Request, *, active: bool = True) -> Session:
    account: Account = request.app.state.account
    session: Session | None = account.sessions.get(request.path_params["upload_id"])
    if session is None:
        raise unknown(request.path_params["upload_id"], "multipart uploads")
    if active and session.status(account.now()) == "expired":
        raise Refusal(400, "upload_session_expired", "The upload session has expired. Create a new one.")
    return session


async def create(request: Request) -> Response:
    """POST /assets/multipart-uploads"""
    account: Account = request.app.state.account
    options = account.options
    body = await body_of(request)
    for name in ("filename", "type", "total_size"):
        if not body.get(name):
            raise missing(name)
    kind, size = body["type"], body["total_size"]
    if kind not in _LARGEST:
        raise invalid("The type parameter is invalid.", parameter="type")
    if not isinstance(size, int) or not 0 < size <= _LARGEST[kind]:
        raise invalid("The total_size parameter is invalid.", parameter="total_size")
    now = account.now()
    asset = Asset(new_id(), Path(str(body["filename"])).name, "multipart", now)
    asset.stuck = request.scope[FAULT] == "asset-stuck"
    session = Session(
        new_id(), asset, size, options.chunk_bytes, now, now + options.session_life_s, account.folder
    )
    account.assets[asset.id] = asset
    account.sessions[session.id] = session
    first = range(1, min(options.first_urls, len(session.chunks)) + 1)
    return JSONResponse(
        {
            "upload_id": session.id,
            "asset_id": asset.id,
            "upload_urls": [session.sign(_root(request), index, now + options.url_life_s) for index in first],
            "upload_headers": {"Content-Type": "application/octet-stream"},
            "chunk_size": session.chunk_size,
            "total_chunks": len(session.chunks),
            "expires_at": stamp(session.expires_at),
        },
        201,
    )


async def more_urls(request: Request) -> Response:
    """POST /assets/multipart-uploads/{upload_id}/presigned-urls"""
    account: Account = request.app.state.account
    session = _session(request)
    body = await body_of(request)
    start, count = body.get("start"), body.get("count")
    if not isinstance(start, int) or not 1 <= start <= len(session.chunks):
        raise invalid("The start parameter is invalid.", parameter="start")
    if not isinstance(count, int) or not 1 <= count <= MOST:
        raise invalid("The count parameter is invalid.", parameter="count")
    now = account.now()
    wanted = range(start, min(start + count - 1, len(session.chunks)) + 1)
    expires_at = now + account.options.url_life_s
    urls = [session.sign(_root(request), index, expires_at) for index in wanted]
    return JSONResponse(
        {
            "upload_id": session.id,
            "start_index": start,
            "count": len(urls),
            "upload_urls": urls,
            "generated_at": stamp(now),
            "expires_at": stamp(expires_at),
        }
    )


async def put_chunk(request: Request) -> Response:
    """PUT to a presigned address: no key, good once, answered with the ETag of what arrived."""
    account: Account = request.app.state.account
    session: Session | None = account.sessions.get(request.path_params["upload_id"])
    signature = request.query_params.get("X-Amz-Signature", "")
    signed = session.addresses.get(signature) if session else None
    index = request.path_params["index"]
    if session is None or signed is None or signed[0] != index or account.now() >= signed[1]:
        async for _ in request.stream():
            pass
        return Response(
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            403,
            media_type="application/xml",
        )
    digest, size = hashlib.md5(), 0
    arriving = session.folder / f"{session.id}.{index}.{signature[:8]}"
    with arriving.open("wb") as file:
        async for block in request.stream():
            digest.update(block)
            size += len(block)
            file.write(block)
    session.addresses.pop(signature, None)
    chunk = session.chunks[index]
    if chunk.status == "completed":
        arriving.unlink()
    else:
        arriving.replace(session.part(index))
        chunk.etag, chunk.received, chunk.status, chunk.error = digest.hexdigest(), size, "pending", None
    return Response(headers={"ETag": f'"{digest.hexdigest()}"'})


async def report(request: Request) -> Response:
    """POST /assets/multipart-uploads/{upload_id}: chunks are said to be there."""
    account: Account = request.app.state.account
    session = _session(request)
    said: list[dict[str, Any]] = (await body_of(request)).get("completed_chunks") or []
    if not said:
        raise missing("completed_chunks")
    for chunk in said:
        if chunk.get("chunk_index") not in session.chunks or chunk.get("proof_type") != "etag":
            raise invalid("The completed_chunks parameter is invalid.", parameter="completed_chunks")
    was_complete = session.completed == len(session.chunks)
    outcomes = [session.report(chunk, account.now()) for chunk in said]
    complete = session.completed == len(session.chunks)
    if complete and not was_complete:
        digest = await run_in_threadpool(session.assemble)
        await run_in_threadpool(account.keep, session.asset, digest)
    answer: dict[str, Any] = {
        "asset_id": session.asset.id,
        "processed_chunks": outcomes.count("processed"),
        "duplicate_chunks": outcomes.count("duplicate"),
        "total_completed": session.completed,
    }
    if complete:
        answer["url"] = f"{_root(request)}/files/{session.asset.id}"
    return JSONResponse(answer)


async def status(request: Request) -> Response:
    """GET /assets/multipart-uploads/{upload_id}: the session and a page of its chunks."""
    account: Account = request.app.state.account
    session = _session(request, active=False)
    chunks = list(session.chunks.values())
    data, info = page_of(request, chunks, lambda chunk: chunk.shown())
    failed = sum(chunk.status == "failed" for chunk in chunks)
    return JSONResponse(
        {
            "upload_id": session.id,
            "status": session.status(account.now()),
            "uploaded_chunks": data,
            "chunks_completed": session.completed,
            "chunks_failed": failed,
            "chunks_pending": len(chunks) - session.completed - failed,
            "page_info": info,
            "total_size": session.total_size,
            "uploaded_size": sum(chunk.size for chunk in chunks if chunk.status == "completed"),
            "created_at": stamp(session.created_at),
            "updated_at": stamp(max([session.created_at, *(chunk.updated_at for chunk in chunks)])),
        }
    )


async def listing(request: Request) -> Response:
    """GET /assets/multipart-uploads: sessions that are not complete."""
    account: Account = request.app.state.account
    now = account.now()
    left = [session for session in account.sessions.values() if session.status(now) != "completed"]
    data, info = page_of(
        request,
        sorted(left, key=lambda session: session.created_at, reverse=True),
        lambda session: {
            "upload_id": session.id,
            "status": session.status(now),
            "total_size": session.total_size,
            "chunk_size": session.chunk_size,
            "total_chunks": len(session.chunks),
            "created_at": stamp(session.created_at),
            "expires_at": stamp(session.expires_at),
        },
    )
    return JSONResponse({"data": data, "page_info": info})
