"""What indexing needs done to media, as plain functions: the real ones, or a test's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from core.embedding.port import Cue, Report
from core.model import MediaInfo, Sprites

if TYPE_CHECKING:
    from core.config import Settings
    from core.media.download import Downloaded


class Probe(Protocol):
    def __call__(self, path: Path, settings: Settings) -> MediaInfo: ...


class WritePoster(Protocol):
    def __call__(self, source: Path, target: Path, media: MediaInfo) -> None: ...


class WriteThumbnails(Protocol):
    def __call__(
        self, source: Path, targets: Mapping[int, Path], media: MediaInfo, report: Report | None = None
    ) -> None: ...


class WriteSprites(Protocol):
    def __call__(
        self, source: Path, folder: Path, media: MediaInfo, report: Report | None = None
    ) -> Sprites: ...


class WriteProxy(Protocol):
    def __call__(
        self, source: Path, target: Path, media: MediaInfo, report: Report | None = None
    ) -> None: ...


class Download(Protocol):
    def __call__(
        self, url: str, target_folder: Path, *, settings: Settings, report: Report | None = None
    ) -> Downloaded: ...


class HashFile(Protocol):
    def __call__(self, path: Path, report: Report | None = None) -> tuple[str, int]: ...


class ReadSubtitles(Protocol):
    def __call__(self, source: Path) -> tuple[Cue, ...]: ...


@dataclass(frozen=True, slots=True)
class MediaTools:
    """The functions of `core.media` that indexing calls; see there for what each promises."""

    probe: Probe
    write_poster: WritePoster
    write_thumbnails: WriteThumbnails
    write_sprites: WriteSprites
    write_proxy: WriteProxy
    download: Download
    hash_file: HashFile
    read_subtitles: ReadSubtitles

    @classmethod
    def real(cls) -> Self:
        """Return the real functions, loaded only now: they bring decoders with them."""
        from core.media.download import download
        from core.media.incoming import hash_file
        from core.media.probe import probe
        from core.media.proxy import write_proxy
        from core.media.sprites import write_sprites
        from core.media.stills import write_poster, write_thumbnails
        from core.media.subtitles import read_subtitles

        return cls(
            probe=probe,
            write_poster=write_poster,
            write_thumbnails=write_thumbnails,
            write_sprites=write_sprites,
            write_proxy=write_proxy,
            download=download,
            hash_file=hash_file,
            read_subtitles=read_subtitles,
        )
