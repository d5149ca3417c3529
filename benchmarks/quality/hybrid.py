"""Milvus' own way: hybrid_search with a WeightedRanker, in a collection of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from benchmarks.quality.asking import Answer, Asked
from benchmarks.quality.loading import Given
from benchmarks.quality.placing import Placed
from benchmarks.quality.progress import Progress
from core.model import Filters, Modality
from core.vectors import lite
from core.vectors.driver import DataType, MilvusClient

_NAME: Final = "plain"
_BATCH: Final = 1_000
_AT_ONCE: Final = 64
"""Questions in one call."""


class Hybrid:
    """The rows of a set, each with its modality and category, as anybody would store them.

    A request per term and modality, against the same field; the ranker brings the cosines of each into 0 to
    1 by Milvus' own rule and adds them up by weight. A row that only one request lists has no other part.
    """

    def __init__(self, given: Given, placed: Placed) -> None:
        self._given, self._placed = given, placed
        self._folder = tempfile.TemporaryDirectory(prefix="cuepoint-quality-")
        self._database = Path(self._folder.name) / "plain.db"
        self._client: Any = lite.open_file(self._database)
        self._fill()

    def __enter__(self) -> Hybrid:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        lite.release_file(self._database)
        self._folder.cleanup()

    def answer(self, asked: Sequence[Asked], limit: int, filters: Filters | None = None) -> list[Answer]:
        answers: list[Answer] = []
        for start in range(0, len(asked), _AT_ONCE):
            answers += self._ask(asked[start : start + _AT_ONCE], limit, filters)
        return answers

    def _ask(self, asked: Sequence[Asked], limit: int, filters: Filters | None) -> list[Answer]:
        from pymilvus import AnnSearchRequest, WeightedRanker

        # Several rows may be of one unit.
        depth = limit * len(self._placed.modalities)
        requests, weights = [], []
        for place in range(len(asked[0].terms)):
            vectors = [self._vector(*one.terms[place][:2]) for one in asked]
            for modality in self._placed.modalities:
                requests.append(
                    AnnSearchRequest(
                        vectors,
                        "vector",
                        {"metric_type": "COSINE", "params": {}},
                        limit=depth,
                        expr=_expression(modality, filters),
                    )
                )
                weights.append(asked[0].terms[place][2])
        found = self._client.hybrid_search(_NAME, requests, WeightedRanker(*weights), limit=depth)
        return [self._answer(hits, limit) for hits in found]

    def _answer(self, hits: Sequence[dict[str, Any]], limit: int) -> Answer:
        units = dict.fromkeys(unit for hit in hits for unit in self._placed.units_of[hit["id"]])
        return Answer(tuple(units)[:limit], float(hits[0]["distance"]) if hits else float("-inf"))

    def _vector(self, kind: str, number: int) -> list[float]:
        vectors = self._given.queries if kind == "text" else self._given.examples
        return [float(value) for value in vectors[number]]

    def _fill(self) -> None:
        client = self._client
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=int(self._given.items.shape[1]))
        schema.add_field("modality", DataType.VARCHAR, max_length=32)
        schema.add_field("category", DataType.VARCHAR, max_length=1024)
        client.create_collection(_NAME, schema=schema)
        progress = Progress("filling a plain collection", len(self._given.items))
        for start in range(0, len(self._given.items), _BATCH):
            rows = range(start, min(start + _BATCH, len(self._given.items)))
            client.insert(_NAME, [self._record(row) for row in rows])
            progress.step(len(rows))
        client.flush(_NAME)
        index = client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="COSINE")
        client.create_index(_NAME, index, sync=False)
        client.load_collection(_NAME)

    def _record(self, row: int) -> dict[str, Any]:
        place = self._placed.places[row]
        return {
            "id": row,
            "vector": self._given.items[row].tolist(),
            "modality": place.modality,
            "category": (self._placed.category[place.video] or "")[:200],
        }


def _expression(modality: Modality, filters: Filters | None) -> str:
    wanted = f"modality == {json.dumps(modality)}"
    if filters is None or not filters.categories:
        return wanted
    names = ", ".join(json.dumps(name[:200], ensure_ascii=False) for name in filters.categories)
    return f"{wanted} and category in [{names}]"
