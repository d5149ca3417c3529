"""Where everything lies below the data folder; the only module that knows these names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one data folder."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "cuepoint.lock"

    @property
    def running(self) -> Path:
        """Address of the application that owns the folder, as JSON, while it runs."""
        return self.root / "running.json"

    @property
    def secret(self) -> Path:
        return self.root / "secret.key"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def originals(self) -> Path:
        """Uploaded and downloaded files; a file added by its path stays where it is."""
        return self.root / "originals"

    @property
    def incoming(self) -> Path:
        """Files that are still arriving; whatever lies here at start is left over and removed."""
        return self.root / "incoming"

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def insights(self) -> Path:
        """What was worked out of the embeddings; all of it can be worked out again."""
        return self.cache / "insights"

    @property
    def exports(self) -> Path:
        """Clips that were cut to be carried away; whatever lies here at start is left over and removed."""
        return self.root / "exports"

    @property
    def restoring(self) -> Path:
        """Drafts of a restore; while this folder is there, the library is not whole and is not opened."""
        return self.root / "restoring"

    @property
    def rebuilding(self) -> Path:
        """Note of a rebuild of the index that is under way, as JSON; see `core.rebuilding_record`."""
        return self.root / "rebuilding.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def video_folder(self, video_id: str) -> Path:
        """Folder of all that was made for one video."""
        return self.media / video_id

    def poster(self, video_id: str) -> Path:
        return self.video_folder(video_id) / "poster.jpg"

    def proxy(self, video_id: str) -> Path:
        return self.video_folder(video_id) / "proxy.mp4"

    def thumbnail(self, video_id: str, at_ms: int) -> Path:
        return self.video_folder(video_id) / "thumbs" / f"{at_ms}.jpg"

    def sprites(self, video_id: str) -> Path:
        """Folder of the sheets of small pictures that a filmstrip is cut from."""
        return self.video_folder(video_id) / "sprites"

    def sprite_sheet(self, video_id: str, number: int) -> Path:
        return self.sprites(video_id) / f"{number:03d}.jpg"

    def subtitles(self, video_id: str) -> Path:
        """Subtitles as WebVTT, whatever they came as."""
        return self.video_folder(video_id) / "subtitles.vtt"

    def create(self) -> None:
        """Make the folders that other parts write into."""
        kept = (self.archive, self.originals, self.media, self.cache, self.logs)
        for folder in (*kept, self.incoming, self.exports):
            folder.mkdir(parents=True, exist_ok=True)


def index_file(address: str) -> Path | None:
    """Return the file of the index at an address, absolute; None where it is a server's."""
    return None if "://" in address or address.startswith("unix:") else Path(address).absolute()
