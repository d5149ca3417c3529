"""The media of a query: decoded from base64 or taken from an asset, measured, described."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from starlette.concurrency import run_in_threadpool

from tests.twelvelabs_server.account import Account, Asset, new_id
from tests.twelvelabs_server.options import MB
from tests.twelvelabs_server.refusals import Refusal, invalid, unknown
from tests.twelvelabs_server.watching import Watched

IMAGE_BYTES = 32 * MB
CLIP_BYTES = {"marengo3.5": 32 * MB, "marengo3.0": 36 * MB}
CLIP_S = {"marengo3.5": 30.0, "marengo3.0": 600.0}
# Containers round durations up to their last frame or packet; a clip cut to the limit is not refused.
_GRACE_S = 0.1


async def watched(source: Any, kind: str, model: str, account: Account) -> Watched:
    """Return the description of a media source. Raises: Refusal (400 or 413) where it is not taken."""
    given = source if isinstance(source, dict) else {}
    ways = [way for way in ("url", "base64_string", "asset_id") if given.get(way)]
    if len(ways) != 1:
        raise invalid("Provide exactly one of url, base64_string, or asset_id.", parameter="media_source")
    if ways == ["url"]:
        raise invalid("This stand-in fetches nothing by url.", parameter="url")
    if ways == ["asset_id"]:
        asset = account.assets.get(given["asset_id"])
        if asset is None:
            raise Refusal(400, "resource_not_exist", unknown(given["asset_id"], "assets").message)
        if asset.status(account.now(), account.options.asset_s) != "ready":
            raise Refusal(400, "asset_not_ready", "The asset is not ready.")
    else:
        asset = await run_in_threadpool(_decoded, given["base64_string"], account)
    try:
        _check(asset, kind, model)
        reading = account.watch(asset, query=True)
        return await run_in_threadpool(reading.result)
    finally:
        if asset.id not in account.assets and asset.path:
            asset.path.unlink(missing_ok=True)


def _decoded(text: str, account: Account) -> Asset:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise invalid("The base64_string parameter is invalid.", parameter="base64_string") from exc
    asset = Asset(new_id(), "query", "direct", account.now(), size=len(content))
    asset.path = account.folder / f"query-{asset.id}"
    asset.path.write_bytes(content)
    account.keep(asset, hashlib.sha256(content).hexdigest())
    return asset


def _check(asset: Asset, kind: str, model: str) -> None:
    facts = asset.facts
    if facts is None or facts.kind != kind:
        raise invalid(f"The media source is not a valid {kind} file.", parameter="media_source")
    most = IMAGE_BYTES if kind == "image" else CLIP_BYTES[model]
    if asset.size > most:
        raise Refusal(
            413,
            "file_size_too_large",
            f"File size ({asset.size / MB:.1f} MB) exceeds maximum limit of {most // MB} MB",
        )
    if kind != "image" and facts.duration_s > CLIP_S[model] + _GRACE_S:
        raise invalid(
            f"Duration ({facts.duration_s:.1f} seconds) exceeds maximum limit of {CLIP_S[model]:g} seconds "
            f"({int(CLIP_S[model] // 60)} minutes)"
        )
