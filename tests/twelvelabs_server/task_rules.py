"""What the two models accept as an embedding task, and what they answer with 400."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tests.twelvelabs_server.account import Account, Asset
from tests.twelvelabs_server.refusals import Refusal, invalid, missing, unknown
from tests.twelvelabs_server.segments import Segmentation
from tests.twelvelabs_server.vectors import DEFAULT, FULL, SHORTEST
from tests.twelvelabs_server.watching import Facts

SHORTEST_S, LONGEST_S = 4.0, 4 * 3600.0
LEAST_SIDE, MOST_LONG, MOST_SHORT, MOST_ASPECT = 360, 5184, 2160, 2.4
LARGEST_BYTES = 4 * 1024**3
_OPTIONS = {
    ("marengo3.5", "video"): ("visual", "audio"),
    ("marengo3.5", "audio"): ("audio",),
    ("marengo3.0", "video"): ("visual", "audio", "transcription"),
    ("marengo3.0", "audio"): ("audio", "transcription"),
}
_TYPES = ("separate_embedding", "fused_embedding")


@dataclass(frozen=True)
class TaskRequest:
    """An accepted request for a task."""

    model: str
    input_type: str
    asset: Asset
    start_s: float
    end_s: float
    segmentation: Segmentation
    options: list[str]
    scopes: list[str]
    types: list[str]
    dimension: int | None
    metadata: list[dict[str, Any]]
    breach: str | None
    """What is wrong with the file itself, where that is to be found out only later."""


def accepted(body: dict[str, Any], account: Account) -> TaskRequest:
    """Return the task that a body asks for. Raises: Refusal (400) where the model does not take it."""
    model = model_of(body)
    input_type = body.get("input_type")
    if not input_type:
        raise missing("input_type")
    if (model, input_type) not in _OPTIONS:
        raise invalid(
            f"The input_type parameter is invalid: {input_type} with {model}.", parameter="input_type"
        )
    dimension = dimension_of(body, model)
    given = body.get(input_type)
    if not isinstance(given, dict):
        raise missing(input_type)
    asset = _asset(given, account)
    assert asset.facts is not None
    options = chosen(given, "embedding_option", _OPTIONS[model, input_type])
    scopes = chosen(given, "embedding_scope", ("clip", "local", "asset"), ("clip", "asset"))
    types = chosen(given, "embedding_type", _TYPES, _TYPES[:1])
    metadata = _metadata(given, model, types)
    if given.get("embedding_type") and len(options) < 2:
        raise invalid("embedding_type requires at least two values of embedding_option.")
    if model == "marengo3.5" and "fused_embedding" in types and not metadata:
        raise invalid("fused_embedding requires time_based_metadata with marengo3.5.")
    start_s, end_s = _stretch(given, asset.facts)
    later = account.options.limits_checked == "later"
    breach = _breach(asset, input_type, end_s - start_s)
    if breach and (not later or asset.facts.kind != input_type):
        raise breach
    return TaskRequest(
        model, input_type, asset, start_s, end_s, _segmentation(given, model, input_type), options, scopes,
        types, dimension, metadata, breach.message if breach else None,
    )  # fmt: skip


def model_of(body: dict[str, Any]) -> str:
    """Return the model of a request. Raises: Refusal where there is none, or none of that name."""
    model = body.get("model_name")
    if not model:
        raise missing("model_name")
    if model not in FULL:
        raise invalid("The model_name parameter is invalid.", parameter="model_name")
    return str(model)


def dimension_of(body: dict[str, Any], model: str) -> int | None:
    """Return the length of vectors that 3.5 is asked for, None on 3.0, which knows only one."""
    value = body.get("embedding_dimension")
    if model != "marengo3.5":
        for name in ("embedding_dimension", "embedding_uncertainty", "auto_truncate"):
            if body.get(name) is not None:
                raise invalid(f"The {name} parameter requires marengo3.5.", parameter=name)
        return None
    if value is None:
        return DEFAULT
    if not isinstance(value, int) or not SHORTEST <= value <= FULL[model]:
        raise invalid("The embedding_dimension parameter is invalid.", parameter="embedding_dimension")
    return value


def chosen(
    given: dict[str, Any], name: str, known: Collection[str], default: Collection[str] | None = None
) -> list[str]:
    """Return the values of a list parameter. Raises: Refusal where one of them is not known."""
    values = given.get(name)
    if values is None:
        return list(known if default is None else default)
    if not isinstance(values, list) or not values or any(value not in known for value in values):
        raise invalid(f"The {name} parameter is invalid.", parameter=name)
    return list(dict.fromkeys(values))


def _asset(given: dict[str, Any], account: Account) -> Asset:
    source = given.get("media_source") or {}
    ways = [way for way in ("url", "base64_string", "asset_id") if source.get(way)]
    if len(ways) != 1:
        raise invalid("Provide exactly one of url, base64_string, or asset_id.", parameter="media_source")
    if ways != ["asset_id"]:
        raise invalid(f"This stand-in takes tasks only by asset_id, not by {ways[0]}.", parameter=ways[0])
    asset = account.assets.get(source["asset_id"])
    if asset is None:
        raise Refusal(400, "resource_not_exist", unknown(source["asset_id"], "assets").message)
    if (status := asset.status(account.now(), account.options.asset_s)) != "ready":
        raise Refusal(400, "asset_not_ready", f"The asset is not ready. Its current status is {status}.")
    return asset


def _metadata(given: dict[str, Any], model: str, types: list[str]) -> list[dict[str, Any]]:
    metadata = given.get("time_based_metadata")
    if metadata is None:
        return []
    if model != "marengo3.5" or "fused_embedding" not in types:
        raise invalid("time_based_metadata requires marengo3.5 and fused_embedding.")
    for entry in metadata:
        if not {"start", "end", "text"} <= set(entry) or entry["end"] < entry["start"] or not entry["text"]:
            raise invalid("The time_based_metadata parameter is invalid.", parameter="time_based_metadata")
    return list(metadata)


def _stretch(given: dict[str, Any], facts: Facts) -> tuple[float, float]:
    start_s = float(given.get("start_sec") or 0.0)
    end_s = float(facts.duration_s if given.get("end_sec") is None else given["end_sec"])
    if not 0 <= start_s < end_s <= facts.duration_s + 0.5:
        raise invalid("The start_sec and end_sec parameters are invalid.")
    return start_s, min(end_s, facts.duration_s)


def _segmentation(given: dict[str, Any], model: str, input_type: str) -> Segmentation:
    settings, default_s = given.get("segmentation"), 2 if model == "marengo3.5" else 4
    wrapped = isinstance(settings, dict) and "temporal" in settings
    if settings is None:
        sound = model == "marengo3.0" and input_type == "audio"
        return Segmentation(False, 6) if sound else Segmentation(True, default_s)
    if wrapped != (model == "marengo3.5"):
        raise invalid(
            f"The segmentation parameter does not have the form of {model}.", parameter="segmentation"
        )
    return segmentation_of(settings["temporal"] if wrapped else settings)


def segmentation_of(settings: dict[str, Any]) -> Segmentation:
    """Return what the settings below `segmentation` (and `temporal`) say. Raises: Refusal."""
    strategy = settings.get("strategy")
    name, least, most = {"dynamic": ("min_duration_sec", 2, 5), "fixed": ("duration_sec", 2, 10)}.get(
        str(strategy), ("", 0, 0)
    )
    seconds = (settings.get(str(strategy)) or {}).get(name)
    if not isinstance(seconds, int) or not least <= seconds <= most:
        raise invalid("The segmentation parameter is invalid.", parameter="segmentation")
    return Segmentation(strategy == "dynamic", seconds)


def _breach(asset: Asset, input_type: str, seconds: float) -> Refusal | None:
    facts = asset.facts
    assert facts is not None
    if facts.kind != input_type:
        return Refusal(400, "parameter_invalid", f"The asset is not a {input_type} file.")
    if asset.size > LARGEST_BYTES:
        return Refusal(400, "file_size_too_large", "File size exceeds maximum limit of 4 GB")
    if seconds < SHORTEST_S:
        return Refusal(
            400, "video_duration_too_short",
            f"Duration ({seconds:.1f} seconds) is below minimum limit of {SHORTEST_S:g} seconds",
        )  # fmt: skip
    if seconds > LONGEST_S:
        return Refusal(
            400, "video_duration_too_long",
            f"Duration ({seconds:.1f} seconds) exceeds maximum limit of {LONGEST_S:g} seconds (240 minutes)",
        )  # fmt: skip
    if input_type == "video":
        return _picture_breach(facts.width, facts.height)
    return None


def _picture_breach(width: int, height: int) -> Refusal | None:
    long, short = max(width, height), min(width, height)
    size = f"Current resolution is {width}x{height}."
    limits = "Please upload a video with resolution between 360x360 and 5184x2160."
    if short < LEAST_SIDE:
        return Refusal(
            400, "video_resolution_too_low", f"The resolution of the video is too low. {limits} {size}"
        )
    if long > MOST_LONG or short > MOST_SHORT:
        return Refusal(
            400, "video_resolution_too_high", f"The resolution of the video is too high. {limits} {size}"
        )
    if long / short > MOST_ASPECT:
        return Refusal(
            400, "video_aspect_ratio_invalid",
            f"The aspect ratio of the video must be between 1:2.4 and 2.4:1. {size}",
        )  # fmt: skip
    return None
