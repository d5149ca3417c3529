"""The command line: `python -m core run | demo | rebuild | backup FOLDER | restore FOLDER`.

``demo`` and ``rebuild`` work on the data folder themselves, or hand the work to the application that
owns it while one is running. ``backup`` only reads, so it needs no turn; ``restore`` needs an empty folder.
"""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

from core.config import PROJECT_ROOT, Settings, load_settings
from core.errors import CuepointError, LibraryBusy
from core.layout import Layout
from core.presence import RunningApplication, data_folder_is_free, running_address
from core.tokens import Tokens, load_secret


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the process's exit code."""
    parser = argparse.ArgumentParser(prog="cuepoint", description="Find the moment in your footage.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="serve the application")
    commands.add_parser("demo", help="fill the library with generated clips")
    rebuilding = commands.add_parser("rebuild", help="rebuild the search index from the archive")
    rebuilding.add_argument(
        "--replace", action="store_true", help="also remove rows of videos that this library does not know"
    )
    saving = commands.add_parser("backup", help="back up catalog, archive and media, also while it runs")
    saving.add_argument(
        "target", type=Path, help="folder of the backup; a former one's is brought up to date"
    )
    saving.add_argument("--without-media", action="store_true", help="leave the videos out")
    restoring = commands.add_parser("restore", help="put a backup into an empty data folder")
    restoring.add_argument("source", type=Path, help="folder of the backup")
    given = parser.parse_args(arguments)
    command = given.command
    try:
        settings = load_settings()
        if command == "run":
            return serve(settings)
        if command == "backup":
            return backup(settings, given.target, with_media=not given.without_media)
        if command == "restore":
            return restore(settings, given.source)
        return demo(settings) if command == "demo" else rebuild(settings, replace=given.replace)
    except CuepointError as exc:
        print(exc.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def serve(settings: Settings) -> int:
    """Serve until Ctrl-C or SIGTERM; refuse with one sentence where that cannot work."""
    import uvicorn

    if not _port_is_free(settings.host, settings.port):
        raise CuepointError(
            f"Port {settings.port} is taken. Stop what is using it, or choose another: "
            f"PORT={settings.port + 1 if settings.port < 65535 else 8501} make run"
        )
    if not data_folder_is_free(Layout(settings.data_dir)):
        address = running_address(Layout(settings.data_dir))
        raise LibraryBusy(
            f"Cuepoint is already running{f' at {address}' if address else ''} with this data folder."
        )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                print(f"\n  Cuepoint is ready: {address_of(settings)}\n  Stop it with Ctrl-C.\n", flush=True)

    # The project is not installed: it is imported from its checkout, wherever it was started from.
    sys.path.insert(0, str(PROJECT_ROOT))
    print("Cuepoint is starting …", flush=True)
    config = uvicorn.Config(
        "app:app",
        host=settings.host,
        port=settings.port,
        log_level="warning",
        # Access lines would hold signed links.
        access_log=False,
        # A browser's open websocket must not hold up Ctrl-C.
        timeout_graceful_shutdown=2,
        # Signed links hardly compress, and trying is a fifth of what a rerun costs. Streamlit's own default.
        ws_per_message_deflate=False,
    )
    server = Server(config)
    server.run()
    return 0 if server.started else 3


def demo(settings: Settings) -> int:
    """Add the generated clips and wait until they can be searched."""
    running = _running(settings)
    if running is not None:
        answer = running.ask("demo")
        print(f"{answer.get('message', 'Done')} Watch them at {running.url}")
        return 0
    from core.library import open_library

    with open_library(settings) as library:
        print("Drawing and indexing the demo clips …", flush=True)
        added = library.add_demo()
        library.wait(timeout_s=900)
        new = sum(1 for one in added if one.video is not None and not one.known)
        print(f"{new} demo clips added, {len(added) - new} were there before. Start with: make run")
    return 0


def rebuild(settings: Settings, *, replace: bool = False) -> int:
    """Write the index that the settings name anew from archive and catalog, embedding nothing."""
    running = _running(settings)
    if running is not None:
        if replace:
            raise LibraryBusy(f"Cuepoint is running at {running.url}. Stop it first, then run this again.")
        print(f"Cuepoint at {running.url} writes the index anew …", flush=True)
        print(running.ask("rebuild").get("message", "The index was rebuilt."))
        return 0
    from core.rebuilding_command import rebuild_here

    report = rebuild_here(settings, replace=replace, say=lambda line: print(line, flush=True))
    print(
        f"The index was rebuilt: {report.videos:,} videos, {report.rows:,} embeddings, none embedded again. "
        f"Its rows and {report.searches} searches were compared with the archive."
    )
    return 0


def backup(settings: Settings, target: Path, *, with_media: bool) -> int:
    """Write a backup, or bring a former one up to date."""
    from core.backup.saving import back_up

    report = back_up(settings, target, with_media=with_media)
    print(
        f"Backed up to {target}: {report.files} files, {report.size_bytes / 1e6:,.1f} MB, "
        f"{report.copied_bytes / 1e6:,.1f} MB of it copied this time."
        + ("" if with_media else " The videos are not in it.")
    )
    return 0


def restore(settings: Settings, source: Path) -> int:
    """Put a backup into the empty data folder."""
    from core.backup.restoring import restore as put_back

    report = put_back(settings, source)
    print(
        f"Restored the backup of {report.made_at}: {report.files} files, {report.size_bytes / 1e6:,.1f} MB."
        + ("" if report.with_media else " It holds no videos: relink them on the library page.")
        + " The index is written at the next start; nothing is embedded again. Start with: make run"
    )
    return 0


def address_of(settings: Settings) -> str:
    """Return the address to open in a browser on this machine."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As uvicorn does: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _running(settings: Settings) -> RunningApplication | None:
    layout = Layout(settings.data_dir)
    if data_folder_is_free(layout):
        return None
    address = running_address(layout)
    if address is None:
        raise LibraryBusy("Another process is using this data folder. Wait until it has finished.")
    return RunningApplication(
        address, Tokens(load_secret(layout.secret), lifetime_s=settings.link_lifetime_s)
    )


if __name__ == "__main__":
    sys.exit(main())
