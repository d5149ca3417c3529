"""The figures as a table for people."""

from __future__ import annotations

from typing import Any, Final

_ROWS: Final = (
    "recall_at_1",
    "recall_at_10",
    "hit_at_1",
    "hit_at_10",
    "mrr",
    "ndcg_at_10",
    "repeats_in_top_10",
    "auc_unanswerable",
    "slider_balance",
    "slider_monotone",
    "pure_ends_identical",
)
_KINDS: Final = ("texts", "clips", "pairs")


def table(figures: dict[str, Any]) -> str:
    """Return the figures of our pipeline beside those of the plain ways."""
    ways = {"ours": figures, **figures["baselines"]}
    lines = [f"{key}: {value}" for key, value in figures["set"].items() if value not in (None, [])]
    for kind in _KINDS:
        some = {name: way if kind == "texts" else way.get(kind, {}) for name, way in ways.items()}
        rows = [row for row in _ROWS if any(row in way for way in some.values())]
        if not rows:
            continue
        lines += ["", f"{kind:24}" + "".join(f"{name:>16}" for name in some)]
        for row in rows:
            cells = "".join(f"{_cell(way.get(row)):>16}" for way in some.values())
            lines.append(f"  {row:22}{cells}")
        lines += _confidence(some["ours"].get("confidence"))
    for name, way in ways.items():
        lines += ["", f"slider of {name} (weight of the text: common with the texts' list / the clips')"]
        if "error" in way:
            lines.append(f"  {way['error']}")
        shares = way.get("slider", {}).items()
        lines.append("  " + "  ".join(f"{w}: {one['text']:.2f}/{one['clip']:.2f}" for w, one in shares))
    lines += ["", f"filtered recall at 10: least {figures['filtered']['min']:.3f}"]
    for one in figures["filtered"]["filters"]:
        lines.append(f"  {one['filter']:28}{one['segments']:>9} segments  {one['recall_at_10']:.3f}")
    for name, one in figures["auc_made_up"].items():
        lines += ["", f"made-up unanswerable {name}: {_cell(one['auc'])}", *_confidence(one)]
    lines += ["", f"took {figures['took_s']:.0f} s, {figures['filling_s']:.0f} s of it to fill the index"]
    return "\n".join(lines)


def _confidence(found: dict[str, Any] | None) -> list[str]:
    if not found or found["auc"] is None:
        return []
    plain = ", ".join(f"{name} {_cell(value)}" for name, value in found["plain"].items())
    return [f"  confidence {_cell(found['auc'])} against {plain}"]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
