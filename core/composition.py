"""The composition root: the one place that chooses adapters and puts the parts together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final, get_args

from core.backup.restoring import refuse_unfinished
from core.catalog.catalog import Catalog
from core.clip_runs import ClipRuns
from core.config import Settings
from core.embedding.port import Embedder
from core.embedding.query_cache import QueryCache
from core.engines import Engines
from core.errors import SettingsError
from core.indexing.pipeline import Pipeline
from core.indexing.ports import MediaTools
from core.indexing.worker import Worker
from core.insights.naming import Remembered
from core.insights.running import InsightRuns
from core.intake import Intake
from core.known_words import KnownWords
from core.layout import Layout
from core.links import Links
from core.logs import close_log, open_log
from core.model import Space
from core.parts import Parts
from core.presence import Ownership
from core.relinking import Relinking
from core.samples import Samples
from core.spaces import Spaces
from core.tokens import Tokens, load_secret
from core.vectors.archive import Archive
from core.vectors.open import open_index

_MODELS: Final = get_args(Settings.model_fields["model"].annotation)


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
        refuse_unfinished(layout)
        closing.callback(close_log, open_log(layout.logs, settings.log_level))
        tokens = Tokens(load_secret(layout.secret), lifetime_s=settings.link_lifetime_s)
        catalog = Catalog(settings.catalog_url)
        closing.callback(catalog.close)
        archive = Archive(layout.archive)
        index = open_index(settings)
        closing.callback(index.close)
        embedder = open_embedder(settings, catalog, layout)
        engines = Engines(embedder, lambda space: open_engine_of(space, settings, catalog, layout))
        closing.callback(engines.close)
        spaces = Spaces(catalog, index, engines, QueryCache(layout.cache / "queries"))
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
        relinking = Relinking(catalog, settings, layout, media.hash_file)
        closing.callback(relinking.stop)
        clips = ClipRuns(layout)
        closing.callback(clips.close)
        insights = InsightRuns(layout.insights, layout.archive)
        closing.callback(insights.close)
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
            engines=engines,
            spaces=spaces,
            samples=Samples(layout.cache / "samples", settings, media, lambda: spaces.engine().limits),
            links=Links(layout, tokens),
            relinking=relinking,
            clips=clips,
            insights=insights,
            remembered=Remembered(),
            closing=closing.pop_all(),
        )


def open_embedder(settings: Settings, catalog: Catalog, layout: Layout) -> Embedder:
    """Return the engine that the settings choose. Raises: SettingsError."""
    if settings.engine_name == "twelvelabs":
        from core.embedding.twelvelabs.engine import TwelveLabsEmbedder

        return TwelveLabsEmbedder(settings, known_tasks=catalog.known_tasks)
    from core.embedding.preview.engine import PreviewEmbedder
    from core.embedding.preview.words import word_stems

    return PreviewEmbedder(settings, known_words=KnownWords(catalog, layout, word_stems))


def open_engine_of(space: Space, settings: Settings, catalog: Catalog, layout: Layout) -> Embedder:
    """Return the engine that a space was made by, for its queries.

    Raises: SettingsError with one sentence on why it cannot be opened, and what to do.
    """
    chosen = _settings_of(space, settings)
    embedder = None if chosen is None else open_embedder(chosen, catalog, layout)
    if embedder is not None and embedder.space == space:
        return embedder
    if embedder is not None:
        embedder.close()
    raise SettingsError(
        f"This version of Cuepoint cannot search what {space.engine} {space.model} made. "
        "Index those videos again."
    )


def _settings_of(space: Space, settings: Settings) -> Settings | None:
    """Return the settings that would choose a space, None where none do. Raises: SettingsError."""
    if space.engine == "preview":
        return settings.model_copy(update={"engine": "preview"})
    if space.engine != "twelvelabs" or space.model not in _MODELS:
        return None
    if not settings.twelve_labs_api_key.get_secret_value():
        raise SettingsError(
            f"These videos were indexed by {space.model}. Set TWELVE_LABS_API_KEY and start again "
            "to search them."
        )
    told: dict[str, object] = {"engine": "twelvelabs", "model": space.model, "dimension": space.dimension}
    if space.model != settings.model:
        # What the settings ask of their own model need not be there in another one.
        told["modalities"] = ()
    return settings.model_copy(update=told)
