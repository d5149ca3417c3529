"""Embedding tasks: created, listed, retrieved."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.twelvelabs_server.account import Account, Task, new_id, stamp
from tests.twelvelabs_server.door import FAULT
from tests.twelvelabs_server.paging import page_of
from tests.twelvelabs_server.refusals import invalid, no_quota, unknown
from tests.twelvelabs_server.results import embeddings, spoiled, usage
from tests.twelvelabs_server.task_rules import accepted


async def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request. Raises: Refusal (400) where it is none."""
    try:
        body = json.loads(await request.body())
    except ValueError as exc:
        raise invalid("The request body is not valid JSON.") from exc
    if not isinstance(body, dict):
        raise invalid("The request body is not a JSON object.")
    return body


def check_quota(account: Account) -> None:
    """Refuse what costs money while the quota is used up."""
    if account.options.quota != "left":
        raise no_quota(int(account.options.quota))


async def create(request: Request) -> Response:
    """POST /embed-v2/tasks"""
    account: Account = request.app.state.account
    asked = accepted(await body_of(request), account)
    check_quota(account)
    account.settle()
    now = account.now()
    starts_at = account.slot(now)
    fails = account.verdict(asked.asset) or asked.breach
    if request.scope[FAULT] == "task-fails" and fails is None:
        fails = account.options.transient_message
    task = Task(
        new_id(), asked.model, asked.input_type, asked.asset, now, starts_at,
        starts_at + account.options.task_s, asked.start_s, asked.end_s, asked.segmentation,
        asked.options, asked.scopes, asked.types,
        asked.dimension, asked.metadata, fails, None if fails else account.watch(asked.asset), settled_at=now,
    )  # fmt: skip
    account.tasks[task.id] = task
    account.settle()
    answer: dict[str, Any] = {"_id": task.id, "status": "processing", "data": None}
    if task.dimension:
        answer["metadata"] = {"embedding_dimension": task.dimension}
    return JSONResponse(answer, 202)


def _moment(request: Request, name: str) -> float | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise invalid(f"The {name} parameter is invalid.", parameter=name) from exc
    if moment.tzinfo is None:
        raise invalid(f"The {name} parameter is not in the RFC 3339 format.", parameter=name)
    return moment.timestamp()


async def listing(request: Request) -> Response:
    """GET /embed-v2/tasks: newest first, with no more than the SDK's MediaEmbeddingTask shows."""
    account: Account = request.app.state.account
    account.settle()
    after, before = _moment(request, "started_at"), _moment(request, "ended_at")
    status = request.query_params.get("status")
    if status not in (None, "processing", "ready", "failed"):
        raise invalid("The status parameter is invalid.", parameter="status")
    seen_until = account.now() - account.options.list_late_s
    found = [
        task
        for task in sorted(account.tasks.values(), key=lambda task: task.created_at, reverse=True)
        if task.created_at <= seen_until
        and (after is None or task.created_at > after)
        and (before is None or task.created_at < before)
        and status in (None, task.status)
    ]
    data, info = page_of(request, found, lambda task: _listed(task, account.options.names))
    return JSONResponse({"data": data, "page_info": info})


def _listed(task: Task, names: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"input_filename": task.asset.filename} if names == "list" else {}
    kind = task.input_type
    metadata[f"{kind}_embedding_option"] = task.options
    metadata[f"{kind}_embedding_scope"] = task.scopes
    if not task.segmentation.dynamic:
        metadata[f"{kind}_clip_length"] = task.segmentation.seconds
    # Only a video's metadata has its duration in the SDK's types.
    if kind == "video":
        metadata["duration"] = task.end_s - task.start_s
    return {
        "_id": task.id,
        "model_name": task.model,
        "status": task.status,
        "created_at": stamp(task.created_at),
        "updated_at": stamp(task.settled_at),
        f"{kind}_embedding": {"metadata": metadata},
    }


async def retrieve(request: Request) -> Response:
    """GET /embed-v2/tasks/{task_id}: the status, and the vectors once it is ready."""
    account: Account = request.app.state.account
    account.settle()
    task = account.tasks.get(request.path_params["task_id"])
    if task is None:
        raise unknown(request.path_params["task_id"], "embed tasks")
    answer: dict[str, Any] = {
        "_id": task.id,
        "status": task.status,
        "created_at": stamp(task.created_at),
        "updated_at": stamp(task.settled_at),
        "data": None,
        "metadata": _metadata(task, account.options.names),
    }
    if task.status == "failed":
        answer["error"] = {"message": task.fails}
    if task.status == "ready" and task.watched is not None:
        data = await run_in_threadpool(embeddings, task, task.watched.result())
        answer["data"] = spoiled(data, request.scope[FAULT])
        if task.model == "marengo3.5":
            answer["usage"] = usage({task.input_type: int((task.end_s - task.start_s) * 64)})
    # Python's JSON has NaN, which a vector may hold here as it may come from a real service.
    return Response(json.dumps(answer), media_type="application/json")


def _metadata(task: Task, names: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "input_type": task.input_type,
        "embedding_options": task.options,
        "embedding_scopes": task.scopes,
        "duration": task.end_s - task.start_s,
    }
    if names != "none":
        metadata["input_filename"] = task.asset.filename
    if task.dimension:
        metadata["embedding_dimension"] = task.dimension
    if not task.segmentation.dynamic and task.input_type == "video":
        metadata["clip_length"] = int(task.segmentation.seconds)
    return metadata
