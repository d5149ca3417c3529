"""What every request passes: it is counted, may go wrong, shows its key, and is held to the rate limit."""

from __future__ import annotations

import asyncio
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.twelvelabs_server import refusals
from tests.twelvelabs_server.account import Account
from tests.twelvelabs_server.connection import abort
from tests.twelvelabs_server.faults import FaultPlan, RateLimit
from tests.twelvelabs_server.refusals import Refusal

PREFIX = "/v1.3"
FAULT = "cuepoint.fault"
ROUTE = "cuepoint.route"
_NAMES = (
    (r"/assets", "/assets"),
    (r"/assets/multipart-uploads", "/assets/multipart-uploads"),
    (r"/assets/multipart-uploads/[^/]+", "/assets/multipart-uploads/{upload_id}"),
    (
        r"/assets/multipart-uploads/[^/]+/presigned-urls",
        "/assets/multipart-uploads/{upload_id}/presigned-urls",
    ),
    (r"/assets/[^/]+", "/assets/{asset_id}"),
    (r"/embed-v2", "/embed-v2"),
    (r"/embed-v2/tasks", "/embed-v2/tasks"),
    (r"/embed-v2/tasks/[^/]+", "/embed-v2/tasks/{task_id}"),
    (r"/chunks/.*", "/chunks"),
)


def route_name(method: str, path: str) -> str:
    """Return what a route is called in flags, faults and statistics, like "GET /assets/{asset_id}"."""
    path = path.removeprefix(PREFIX)
    for pattern, name in _NAMES:
        if re.fullmatch(pattern, path):
            return f"{method} {name}"
    return f"{method} {path}"


class Door:
    """The ASGI application around the routes; control and statistics pass untouched."""

    def __init__(self, inside: ASGIApp, account: Account, plan: FaultPlan) -> None:
        self.inside = inside
        self.account = account
        self.plan = plan
        self.limit = RateLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_"):
            await self.inside(scope, receive, send)
            return
        route = route_name(scope["method"], scope["path"])
        self.account.calls[route] += 1
        fault = self.plan.next(route, self.account.options, gives_vectors=self._gives_vectors(route, scope))
        if fault:
            self.account.faults[f"{fault} {route}"] += 1
        if fault == "reset-before":
            await abort(scope, receive)
            return
        answer = await self._refused(route, scope, fault)
        if answer is not None:
            await _drain(receive)
        else:
            answer = await self._worked(scope | {FAULT: fault, ROUTE: route}, receive)
        await self._answer(answer, fault, scope, receive, send)

    def _gives_vectors(self, route: str, scope: Scope) -> bool:
        if route != "GET /embed-v2/tasks/{task_id}":
            return route == "POST /embed-v2"
        self.account.settle()
        task = self.account.tasks.get(scope["path"].rpartition("/")[2])
        return task is not None and task.status == "ready"

    async def _refused(self, route: str, scope: Scope, fault: str | None) -> Response | None:
        """Return the answer to a call that never gets inside, with its headers."""
        options = self.account.options
        headers: dict[str, str] = {}
        retry = {"Retry-After": f"{options.retry_after_s:g}"} if options.retry_after_s >= 0 else {}
        signed = route == "PUT /chunks"
        try:
            if not signed:
                key = Headers(scope=scope).get("x-api-key", "")
                self._check_key(key)
                over, left_s, headers = self.limit.count(key, time.time(), options)
                scope["cuepoint.headers"] = headers
                if over:
                    wait = {"Retry-After": f"{left_s:.3f}" if left_s < 2 else str(int(left_s) + 1)}
                    limit = f"{options.rate_limit}req/{options.rate_window_s:g}s"
                    raise refusals.too_many(limit, left_s, wait)
            if fault == "429":
                raise refusals.too_many("60req/1m", max(0.0, options.retry_after_s), retry)
            if fault == "500":
                raise Refusal(500, "internal_server_error", "The server encountered an internal error.")
            if fault == "503":
                raise Refusal(503, "service_unavailable", "The service is unavailable.", headers=retry)
        except Refusal as refusal:
            answer = refusal.answer(route, options.error_shape)
            answer.headers.update(headers)
            return answer
        if fault == "429-empty":
            return Response(status_code=429, headers=headers | retry)
        return None

    def _check_key(self, key: str) -> None:
        options = self.account.options
        if key in options.keys_without_rights:
            raise refusals.no_rights()
        good = key in options.keys if options.keys else key.startswith("tlk_test_")
        if not good:
            raise refusals.bad_key()

    async def _worked(self, scope: Scope, receive: Receive) -> Response:
        """Let the routes do the work and return the whole answer."""
        begun: dict[str, object] = {}
        body = bytearray()

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.update(message)
            else:
                body.extend(message.get("body", b""))

        await self.inside(scope, receive, gather)
        response = Response(bytes(body), status_code=int(str(begun["status"])))
        response.raw_headers = list(begun["headers"])  # type: ignore[call-overload]  # a plain dict of ASGI
        MutableHeaders(raw=response.raw_headers).update(scope.get("cuepoint.headers", {}))
        return response

    async def _answer(
        self, answer: Response, fault: str | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self.account.statuses[str(answer.status_code)] += 1
        if fault == "reset-after":
            await abort(scope, receive)
            return
        if fault == "slow":
            await asyncio.sleep(self.account.options.slow_s)
        if fault == "truncated" and len(answer.body) > 2:
            headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
            answer = Response(bytes(answer.body)[: len(answer.body) // 2], answer.status_code, headers)
        await answer(scope, receive, send)


async def _drain(receive: Receive) -> None:
    """Read the rest of a request that was refused, so that the client comes to read the answer."""
    while (await receive()).get("more_body", False):
        pass
