"""Runs the stand-in: `python -m tests.twelvelabs_server --port 9000`."""

from __future__ import annotations

import argparse
import os
import sys
import threading

# Small products of matrices on several threads wait for each other for seconds on a busy machine;
# numpy reads this when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import uvicorn

from tests.twelvelabs_server.application import build
from tests.twelvelabs_server.connection import AbortableProtocol
from tests.twelvelabs_server.door import PREFIX
from tests.twelvelabs_server.options import Options


def _end_with_parent(server: uvicorn.Server) -> None:
    """Wait for the end of standard input, which comes even where whoever started this was killed."""
    sys.stdin.buffer.read()
    server.should_exit = True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.twelvelabs_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    Options.add_flags(parser)
    arguments = parser.parse_args()
    options = Options.parsed(arguments)
    config = uvicorn.Config(
        build(options),
        host="127.0.0.1",
        port=arguments.port,
        http=AbortableProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    with config.bind_socket() as listening:
        # Whoever reads the line below connects at once, perhaps before the server is up.
        listening.listen(128)
        port = listening.getsockname()[1]
        print(f"Twelve Labs stand-in at http://127.0.0.1:{port}{PREFIX}", flush=True)
        server = uvicorn.Server(config)
        if arguments.with_parent:
            threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
        server.run([listening])


if __name__ == "__main__":
    main()
