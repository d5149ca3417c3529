"""A visitor of the running application without a browser: it speaks the websocket that Streamlit's pages do.

It keeps what the server sent as a browser would (widgets, address, page), sends what a browser sends when
somebody types, moves a slider or presses a button, and waits for the message that ends the run.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PATIENCE_S: Final = 60.0


@dataclass
class Run:
    """What one run of the page sent."""

    took_ms: float = 0.0
    bytes: int = 0
    messages: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    """Bytes of each kind of element, a component by its name."""
    exceptions: list[str] = field(default_factory=list)
    results: dict[str, Any] | None = None
    """The data of the list of results, where the run sent one."""

    @property
    def cards(self) -> list[dict[str, Any]]:
        return [] if self.results is None else list(self.results["cards"])

    @property
    def search_ms(self) -> float:
        """How long the search itself took, as the page says it."""
        said = str((self.results or {}).get("line", ""))
        return float(said.rsplit("·", 1)[-1].removesuffix("ms")) if "·" in said else 0.0

    def hears_of(self, words: str) -> bool:
        """Return whether the list is that of this question."""
        terms = (self.results or {}).get("terms", [])
        return words in terms


class Visitor:
    """One session, used as an asynchronous context manager."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/_stcore/stream"
        self._origin = url
        self._socket: ClientConnection | None = None
        self._widgets: dict[str, str] = {}
        """Ids of the widgets on the page, by their keys."""
        self.query = ""
        self._page = ""

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self._url,
            origin=Origin(self._origin),
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._socket is not None
        await self._socket.close()

    async def open(self, query: str = "") -> Run:
        """Open an address of the search page, as a link or the way back does."""
        self.query = query
        return await self._ask([])

    async def search(self, words: str) -> Run:
        """Type words into the box, and Enter."""
        return await self._ask([self._state("q", string_value=words)])

    async def weigh(self, percent: int) -> Run:
        """Move the slider between words and sample."""
        state = self._state("words")
        state.double_array_value.data.append(percent)
        return await self._ask([state])

    async def more(self) -> Run:
        """Press the button under the list."""
        return await self._ask([self._state("more_results", trigger_value=True)])

    def has(self, key: str) -> bool:
        return key in self._widgets

    @property
    def address(self) -> dict[str, list[str]]:
        return parse_qs(self.query)

    def _state(self, key: str, **value: Any) -> WidgetState:
        return WidgetState(id=self._widgets[key], **value)

    async def _ask(self, states: list[WidgetState]) -> Run:
        assert self._socket is not None
        asked = BackMsg()
        client = asked.rerun_script
        client.query_string, client.page_script_hash = self.query, self._page
        client.widget_states.widgets.extend(states)
        client.context_info.timezone, client.context_info.locale = "UTC", "en"
        client.context_info.url, client.context_info.color_scheme = self._origin, "light"
        run, began = Run(), time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        async with asyncio.timeout(PATIENCE_S):
            while not self._take(run, await self._socket.recv()):
                pass
        run.took_ms = 1000 * (time.perf_counter() - began)
        return run

    def _take(self, run: Run, payload: str | bytes) -> bool:
        """Keep what a message says; return whether it ends the run."""
        assert isinstance(payload, bytes)
        message = ForwardMsg.FromString(payload)
        run.bytes += len(payload)
        run.messages += 1
        kind: str = message.WhichOneof("type") or ""
        if kind == "delta":
            kind = self._take_element(run, message)
        elif kind == "new_session":
            self._page = message.new_session.page_script_hash
            self._widgets.clear()
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        run.by_kind[kind] = run.by_kind.get(kind, 0) + len(payload)
        # A run that asked for another one is followed by it.
        return kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

    def _take_element(self, run: Run, message: ForwardMsg) -> str:
        if message.delta.WhichOneof("type") != "new_element":
            return "block"
        element = message.delta.new_element
        kind: str = element.WhichOneof("type") or ""
        shown = getattr(element, kind)
        told = getattr(shown, "id", "")
        if told:
            self._widgets[str(told).rsplit("-", 1)[-1]] = str(told)
        if kind == "exception":
            run.exceptions.append(shown.message)
        elif kind == "alert":
            run.exceptions.append(shown.body)
        elif kind == "bidi_component":
            kind = str(shown.component_name).rsplit(".", 1)[-1]
            if kind == "cuepoint_results":
                run.results = json.loads(
                    shown.mixed.json if shown.WhichOneof("data") == "mixed" else shown.json
                )
        return kind
