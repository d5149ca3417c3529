"""The two routes that are no part of Twelve Labs: telling the stand-in how to behave, and its accounts.

`PUT /_control` takes any of the options by name, and besides
  next    a list of {"route": "POST /embed-v2/tasks", "fault": "reset-after", "count": 1}
  reset   true: forget counts, bills and orders (assets and tasks stay)
`GET /_statistics` tells what was asked, what was done and what it costs.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.twelvelabs_server.account import Account, Task
from tests.twelvelabs_server.options import FAULTS


async def control(request: Request) -> Response:
    """PUT /_control"""
    account: Account = request.app.state.account
    wanted: dict[str, Any] = await request.json()
    try:
        orders, reset = wanted.pop("next", []), wanted.pop("reset", False)
        options = account.options.changed(wanted)
        if bad := sorted(set(options.fault_kinds) - set(FAULTS)):
            raise ValueError(f"no such fault: {', '.join(bad)}")
        if wanted.get("fault_share") == 0:
            request.app.state.plan.forget()
        for order in orders:
            request.app.state.plan.order(**order)
    except (TypeError, ValueError) as exc:
        return JSONResponse({"error": str(exc)}, 422)
    account.settle()
    account.options = options
    if reset:
        _forget(account)
    return JSONResponse({"options": vars(options), "next": request.app.state.plan.waiting()})


def _forget(account: Account) -> None:
    for counted in (account.calls, account.statuses, account.faults):
        counted.clear()
    account.bills.clear()
    account.query_calls = account.peak_processing = account.peak_outstanding = 0


async def statistics(request: Request) -> Response:
    """GET /_statistics"""
    account: Account = request.app.state.account
    account.settle()
    by_content: dict[str, list[str]] = {}
    for task in account.tasks.values():
        by_content.setdefault(task.asset.sha256, []).append(task.id)
    return JSONResponse(
        {
            "calls": dict(account.calls),
            "calls_in_all": account.calls.total(),
            "statuses": dict(account.statuses),
            "faults": dict(account.faults),
            "billed_minutes": sum(bill["minutes"] for bill in account.bills),
            "billed_seconds": sum(bill["seconds"] for bill in account.bills),
            "bills": account.bills,
            "billed_by_content": dict(Counter(bill["sha256"] for bill in account.bills)),
            "billable_calls": len(account.bills) + account.query_calls,
            "query_calls": account.query_calls,
            "tasks": [_told(task) for task in account.tasks.values()],
            "tasks_by_content": by_content,
            "failed_for_good": sorted(
                {
                    task.asset.sha256
                    for task in account.tasks.values()
                    if task.status == "failed" and task.fails != account.options.transient_message
                }
            ),
            "open_assets": [
                {"id": asset.id, "filename": asset.filename, "sha256": asset.sha256, "stuck": asset.stuck}
                for asset in account.assets.values()
            ],
            "open_sessions": sum(session.open(account.now()) for session in account.sessions.values()),
            "peak_processing": account.peak_processing,
            "peak_outstanding": account.peak_outstanding,
        }
    )


def _told(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "model": task.model,
        "status": task.status,
        "filename": task.asset.filename,
        "sha256": task.asset.sha256,
        "seconds": task.end_s - task.start_s,
        "created_at": task.created_at,
        "starts_at": task.starts_at,
        "ends_at": task.ends_at,
        "fails": task.fails,
    }
