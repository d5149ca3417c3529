"""Everything that a library is made of; put together by `core.composition`."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from core.catalog.catalog import Catalog
from core.clip_runs import ClipRuns
from core.config import Settings
from core.embedding.port import Embedder
from core.engines import Engines
from core.indexing.pipeline import Pipeline
from core.indexing.worker import Worker
from core.insights.naming import Remembered
from core.insights.running import InsightRuns
from core.intake import Intake
from core.layout import Layout
from core.links import Links
from core.presence import Ownership
from core.relinking import Relinking
from core.samples import Samples
from core.spaces import Spaces
from core.tokens import Tokens
from core.vectors.archive import Archive
from core.vectors.port import VectorIndex


@dataclass(frozen=True)
class Parts:
    """The opened parts, and the stack that closes them in the right order."""

    settings: Settings
    layout: Layout
    ownership: Ownership
    tokens: Tokens
    catalog: Catalog
    archive: Archive
    index: VectorIndex
    embedder: Embedder
    """The chosen engine: it indexes. Searches ask `spaces`."""
    pipeline: Pipeline
    worker: Worker
    intake: Intake
    engines: Engines
    spaces: Spaces
    samples: Samples
    links: Links
    relinking: Relinking
    clips: ClipRuns
    insights: InsightRuns
    remembered: Remembered
    closing: ExitStack
