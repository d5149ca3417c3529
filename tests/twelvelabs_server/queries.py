"""POST /embed-v2: embeddings of queries, in the answer itself."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.twelvelabs_server.account import Account
from tests.twelvelabs_server.door import FAULT
from tests.twelvelabs_server.query_media import watched
from tests.twelvelabs_server.refusals import invalid, missing
from tests.twelvelabs_server.results import described_as, entry, spoiled, usage
from tests.twelvelabs_server.segments import Segmentation, heard, seen, spans
from tests.twelvelabs_server.task_rules import chosen, dimension_of, model_of, segmentation_of
from tests.twelvelabs_server.tasks import body_of, check_quota
from tests.twelvelabs_server.vectors import vector
from tests.twelvelabs_server.watching import Watched
from tests.twelvelabs_server.words import Description, described, tokens, truncated, unit

MOST_TOKENS = {"marengo3.5": 2000, "marengo3.0": 500}
MOST_SOURCES = 10
_KINDS = {"marengo3.5": ("image", "video", "audio"), "marengo3.0": ("image",)}


async def create(request: Request) -> Response:
    """POST /embed-v2"""
    account: Account = request.app.state.account
    body = await body_of(request)
    model = model_of(body)
    input_type = body.get("input_type")
    if not input_type:
        raise missing("input_type")
    if model == "marengo3.5" and input_type != "multi_input":
        raise invalid(
            f"The input_type parameter is invalid: {input_type} requires marengo3.0.", parameter="input_type"
        )
    dimension = dimension_of(body, model)
    ask = _ASKED.get(input_type)
    if ask is None:
        raise invalid("The input_type parameter is invalid.", parameter="input_type")
    if not isinstance(body.get(input_type), dict):
        raise missing(input_type)
    check_quota(account)
    answer = await ask(body, model, dimension, account)
    account.query_calls += 1
    answer["data"] = spoiled(answer["data"], request.scope[FAULT])
    return Response(json.dumps(answer), media_type="application/json")


def _checked_text(text: Any, model: str, *, cut: bool = False) -> tuple[str, bool]:
    if not isinstance(text, str) or not text.strip():
        raise missing("input_text")
    most = MOST_TOKENS[model]
    if tokens(text) <= most:
        return text, False
    if not cut:
        raise invalid(
            f"The input_text parameter exceeds the maximum of {most} tokens.", parameter="input_text"
        )
    return truncated(text, most), True


async def _text(body: dict[str, Any], model: str, _: int | None, __: Account) -> dict[str, Any]:
    text, _cut = _checked_text(body["text"].get("input_text"), model)
    return {"data": [entry(vector(described(text), model))]}


async def _image(body: dict[str, Any], model: str, _: int | None, account: Account) -> dict[str, Any]:
    picture = await watched(body["image"].get("media_source"), "image", model, account)
    return {"data": [entry(vector(seen(picture), model))], "metadata": {"input_type": "image"}}


async def _text_image(body: dict[str, Any], model: str, _: int | None, account: Account) -> dict[str, Any]:
    text, _cut = _checked_text(body["text_image"].get("input_text"), model)
    picture = await watched(body["text_image"].get("media_source"), "image", model, account)
    both = unit(described(text) + seen(picture))
    return {"data": [entry(vector(both, model))], "metadata": {"input_type": "text_image"}}


async def _stretch_of(kind: str, body: dict[str, Any], model: str, account: Account) -> dict[str, Any]:
    """Return embeddings of a clip or a sound on 3.0: one for each scope and option that was asked for."""
    given = body[kind]
    clip = await watched(given.get("media_source"), kind, model, account)
    known = ("visual", "audio", "transcription") if kind == "video" else ("audio", "transcription")
    options = chosen(given, "embedding_option", known)
    scopes = chosen(given, "embedding_scope", ("clip", "asset"))
    types = chosen(
        given, "embedding_type", ("separate_embedding", "fused_embedding"), ("separate_embedding",)
    )
    settings = given.get("segmentation")
    if settings is not None and "temporal" in settings:
        raise invalid("The segmentation parameter does not have the form of marengo3.0.")
    how = (
        segmentation_of(settings) if settings else Segmentation(kind == "video", 4 if kind == "video" else 6)
    )
    whole = (float(given.get("start_sec") or 0), float(given.get("end_sec") or clip.facts.duration_s))
    if not 0 <= whole[0] < whole[1]:
        raise invalid("The start_sec and end_sec parameters are invalid.")
    asked = [("clip", span) for span in spans(clip, how, *whole)] if "clip" in scopes else []
    asked += [("asset", whole)] if "asset" in scopes else []
    data = []
    for scope, span in asked:
        parts = {
            option: described_as(option, clip, span)
            for option in options
            if option == "visual" or clip.facts.has_sound
        }
        if "separate_embedding" in types:
            data += [entry(vector(part, model), option, scope, span) for option, part in parts.items()]
        if "fused_embedding" in types and parts:
            together = unit(sum(parts.values(), 0 * described("")))
            data.append(entry(vector(together, model), "fused", scope, span))
    metadata = {
        "input_type": kind,
        "embedding_scopes": scopes,
        "embedding_options": options,
        "duration": clip.facts.duration_s,
    }
    return {"data": data, "metadata": metadata}


async def _video(body: dict[str, Any], model: str, _: int | None, account: Account) -> dict[str, Any]:
    return await _stretch_of("video", body, model, account)


async def _audio(body: dict[str, Any], model: str, _: int | None, account: Account) -> dict[str, Any]:
    return await _stretch_of("audio", body, model, account)


async def _multi(body: dict[str, Any], model: str, dimension: int | None, account: Account) -> dict[str, Any]:
    given = body["multi_input"]
    sources = given.get("media_sources") or []
    text, cut = given.get("input_text"), False
    if text is None and not sources:
        raise invalid("Provide input_text, media_sources, or both.", parameter="multi_input")
    if text is not None:
        text, cut = _checked_text(text, model, cut=bool(body.get("auto_truncate")))
    _check_sources(sources, text, model)
    parts: list[Description] = [described(re.sub(r"<@[^>]*>", " ", text))] if text else []
    counted = {"text": tokens(text)} if text else {}
    for source in sources:
        kind = source["media_type"]
        media = await watched(source, kind, model, account)
        parts.append(_whole(media))
        counted[kind] = counted.get(kind, 0) + max(256, int(media.facts.duration_s * 64))
    metadata: dict[str, Any] = {"input_type": "multi_input"}
    answer: dict[str, Any] = {"metadata": metadata}
    if model == "marengo3.5":
        metadata["embedding_dimension"] = dimension
        answer["usage"] = usage(counted, cut)
    answer["data"] = [entry(vector(unit(sum(parts, 0 * parts[0])), model, dimension))]
    return answer


def _check_sources(sources: Any, text: str | None, model: str) -> None:
    if not isinstance(sources, list) or len(sources) > MOST_SOURCES:
        raise invalid(f"The media_sources parameter takes up to {MOST_SOURCES} sources.")
    kinds = {source.get("media_type") for source in sources}
    for kind in kinds:
        if kind not in _KINDS[model]:
            raise invalid(
                f"The media_type parameter is invalid: {kind} with {model}.", parameter="media_type"
            )
    if len(kinds) > 1 and text is None:
        raise invalid("Media sources of different types require input_text.", parameter="input_text")
    names = {source.get("name") for source in sources}
    for name in re.findall(r"<@([^>]*)>", text or ""):
        if name not in names:
            raise invalid(f"The reference <@{name}> has no matching media source.", parameter="input_text")


def _whole(media: Watched) -> Description:
    """Return one description for all that is seen and heard in it."""
    if media.facts.kind == "image":
        return seen(media)
    if media.facts.kind == "audio":
        return heard(media)
    return unit(seen(media) + 0.7 * heard(media)) if media.facts.has_sound else seen(media)


_ASKED = {
    "text": _text,
    "image": _image,
    "text_image": _text_image,
    "video": _video,
    "audio": _audio,
    "multi_input": _multi,
}
