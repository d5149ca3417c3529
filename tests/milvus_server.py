"""A real Milvus server for tests and benchmarks: started, killed and started again on one data folder.

It is the server of the PyPI package `milvus` 2.3.5 (Linux on x86-64 only), which brings etcd, message queue
and storage in one process. The package's own starter is not used: it looks for free ports anew at each
start, and waits one second for an end that takes longer.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil
from filelock import FileLock

from core.errors import CuepointError
from core.vectors.client import Client
from tests.guarded import Guarded
from tests.ports import free_ports

MISSING: Final = (
    "no Milvus server here: the package milvus==2.3.5 of the development dependencies exists for Linux on "
    "x86-64 only; CUEPOINT_TEST_MILVUS_URI names a server of your own"
)
TOKEN: Final = os.environ.get("CUEPOINT_TEST_MILVUS_TOKEN", "")
READY_S: Final = 120.0

QUICK: Final = {
    # A strongly consistent read waits for the next tick of the proxy.
    "proxy.timeTickInterval": 50,
    # Loading waits for these rounds (together six seconds for two collections, now one or two).
    "queryCoord.distPullInterval": 100,
    "queryCoord.checkChannelInterval": 100,
    "queryCoord.checkSegmentInterval": 100,
    "queryCoord.updateNextTargetInterval": 1,
    # A server that was killed leaves its session behind, and the next one waits for the end of it.
    "common.session.ttl": 2,
    "rootCoord.dmlChannelNum": 4,
    "log.level": "warn",
}
"""What makes a server answer fast that has few rows and one client."""


def answers(address: str) -> bool:
    """Return whether a Milvus at this address says what it holds."""
    with suppress(CuepointError):
        client = Client(address, TOKEN)
        try:
            client.names()
            return True
        finally:
            client.close()
    return False


def available() -> bool:
    """Return whether the package is installed."""
    try:
        import milvus  # noqa: F401 - only asked for
    except ImportError:
        return False
    return True


class MilvusServer:
    """A server with a data folder of its own. Its address stays the same over all its starts."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """Write the configuration; ``settings`` override Milvus' own by their dotted names."""
        from milvus import MilvusServerConfig

        self.folder = folder
        self._program: Guarded | None = None
        config = MilvusServerConfig(data_dir=str(folder))
        names = [name for name in config.configurable_items if name.endswith("_port")]
        ports = free_ports(len(names) + 2)
        for name, port in zip(names, ports, strict=False):
            config.set(name, port)
        config.resolve_storage()
        self._settings = {**QUICK, **settings}
        for name, value in self._settings.items():
            config.set(name, value)
        config.write_config()
        self.port = int(config.get("proxy_port"))
        self._health, peers = ports[-2:]
        self._etcd = folder / "configs" / "etcd.yaml"
        self._etcd.write_text(_etcd(folder, int(config.get("etcd_port")), peers))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and return when it answers. Raises: RuntimeError with the end of its log."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start without waiting."""
        assert not self.running
        binaries = _binaries()
        environment = {
            # The file of the package lacks some names; Milvus reads them from here.
            **{name.replace(".", "_").upper(): str(value) for name, value in self._settings.items()},
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": str(self._health),
            "ETCD_CONFIG_PATH": str(self._etcd),
            "MILVUS_RUN_DIR": str(self.folder / "run"),
            "LD_LIBRARY_PATH": str(binaries),
        }
        command = [binaries / "milvus", "run", "standalone"]
        self._program = Guarded(command, self.folder / "milvus.log", environment)

    def wait(self) -> None:
        """Return when the server answers. Raises: RuntimeError with the end of its log."""
        deadline = time.monotonic() + READY_S
        while not (self._healthy() and answers(self.address)):
            if self._program is None or not self.running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(
                    f"the Milvus server did not start: {self._program and self._program.tail()}"
                )
            time.sleep(0.05)

    @property
    def running(self) -> bool:
        return self._program is not None and self._program.running

    @property
    def process(self) -> psutil.Process:
        """The server's own process, while it runs."""
        assert self._program is not None
        return self._program.process

    def kill(self) -> None:
        """End it by SIGKILL, at once."""
        if self._program is not None:
            self._program.kill()

    def stop(self) -> None:
        """End it as its operator would; by SIGKILL where it does not listen."""
        if self._program is not None:
            self._program.stop()

    def _healthy(self) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._health}/healthz", headers={"Content-Type": "application/json"}
        )
        with suppress(OSError), urllib.request.urlopen(request, timeout=5) as answer:
            return b"OK" in answer.read()
        return False

    def __enter__(self) -> MilvusServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def _etcd(folder: Path, port: int, peers: int) -> str:
    """Return the settings of etcd, which would talk to itself on a fixed port otherwise."""
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    settings = {
        "name": "default",
        "data-dir": str(folder / "data" / "etcd.data"),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
        # Our servers are killed, the machine is not.
        "unsafe-no-fsync": True,
        "log-level": "warn",
        "log-outputs": [str(folder / "logs" / "etcd.log")],
    }
    return json.dumps(settings)


def _binaries() -> Path:
    """Return the folder of the server's program, unpacked once for all (it takes some ten seconds)."""
    from milvus import _initialize_data_files

    # Beside the package, so that it goes when the environment goes.
    base = Path(sys.prefix) if os.access(sys.prefix, os.W_OK) else Path(tempfile.gettempdir())
    folder = base / "milvus-server-2.3.5"
    folder.mkdir(exist_ok=True, mode=0o700)
    with FileLock(folder / "unpacking"):
        _initialize_data_files(str(folder))
    return folder / "bin"
