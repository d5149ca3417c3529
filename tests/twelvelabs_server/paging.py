"""Lists in pages, as all the provider's lists come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request

from tests.twelvelabs_server.refusals import invalid

MOST = 50
T = TypeVar("T")


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid(f"The {name} parameter is invalid.", parameter=name)
    return int(text)


def page_of(
    request: Request, items: Sequence[T], shown: Callable[[T], Any]
) -> tuple[list[Any], dict[str, int]]:
    """Return the page that a request asks for, and its page_info.

    Raises: Refusal (400) for a page or page_limit that is no number from 1 (to 50).
    """
    page = _number(request, "page", 1, 10**9)
    limit = _number(request, "page_limit", 10, MOST)
    chosen = items[(page - 1) * limit : page * limit]
    info = {
        "limit_per_page": limit,
        "page": page,
        "total_page": -(-len(items) // limit),
        "total_results": len(items),
    }
    return [shown(item) for item in chosen], info
