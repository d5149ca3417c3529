"""The composition root: the one place that chooses adapters and puts the parts together."""

from __future__ import annotations

from contextlib import ExitStack

from core.catalog.catalog import Catalog
from core.config import Settings
from core.embedding.port import Embedder
from core.embedding.query_cache import QueryCache
from core.errors import SettingsError
from core.indexing.pipeline import Pipeline
from core.indexing.ports import MediaTools
from core.indexing.worker import Worker
from core.intake import Intake
from core.known_words import KnownWords
from core.layout import Layout
from core.links import Links
from core.logs import close_log, open_log
from core.parts import Parts
from core.presence import Ownership
from core.samples import Samples
from core.search.searcher import Searcher
from core.tokens import Tokens, load_secret
from core.vectors.archive import Archive
from core.vectors.open import open_index


def assemble(settings: Settings) -> Parts:
    """Return the parts of a library, opened but not working yet.

    Raises: LibraryBusy, SettingsError, CatalogUnavailable, IndexUnavailable. What was opened before
    the error is closed again.
    """
    with ExitStack() as closing:
        layout = Layout(settings.data_dir.absolute())
        try:
            layout.create()
        except OSError as exc:
            raise SettingsError(
                "The data folder cannot be written to. Set CUEPOINT_DATA_DIR to a folder of your own."
            ) from exc
        ownership = Ownership(layout)
        closing.callback(ownership.release)
        closing.callback(close_log, open_log(layout.logs, settings.log_level))
        tokens = Tokens(load_secret(layout.secret), lifetime_s=settings.link_lifetime_s)
        catalog = Catalog(settings.catalog_url)
        closing.callback(catalog.close)
        archive = Archive(layout.archive)
        index = open_index(settings)
        closing.callback(index.close)
        embedder = open_embedder(settings, catalog, layout)
        closing.callback(embedder.close)
        media = MediaTools.real()
        pipeline = Pipeline(
            catalog=catalog,
            archive=archive,
            index=index,
            embedder=embedder,
            layout=layout,
            settings=settings,
            media=media,
        )
        worker = Worker(pipeline, catalog, settings)
        return Parts(
            settings=settings,
            layout=layout,
            ownership=ownership,
            tokens=tokens,
            catalog=catalog,
            archive=archive,
            index=index,
            embedder=embedder,
            pipeline=pipeline,
            worker=worker,
            intake=Intake(catalog, layout, settings, media, worker.wake),
            searcher=Searcher(index, embedder, QueryCache(layout.cache / "queries")),
            samples=Samples(layout.cache / "samples", settings, media, embedder.limits),
            links=Links(layout, tokens),
            closing=closing.pop_all(),
        )


def open_embedder(settings: Settings, catalog: Catalog, layout: Layout) -> Embedder:
    """Return the engine that the settings choose. Raises: SettingsError."""
    from core.embedding.preview.engine import PreviewEmbedder
    from core.embedding.preview.words import word_stems

    if settings.engine == "twelvelabs":
        raise SettingsError(
            "This version has no Twelve Labs engine yet. Set CUEPOINT_ENGINE=preview, or leave it unset."
        )
    return PreviewEmbedder(settings, known_words=KnownWords(catalog, layout, word_stems))
