"""Pages run by AppTest over the stand-in library."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.host import set_library
from tests.ui.stand_in import StandIn

SHELL = Path(__file__).resolve().parents[2] / "pages" / "shell.py"


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that keeps the generated clips for all tests."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture
def empty(clips: Path) -> Iterator[StandIn]:
    """Return the library of the pages, without videos."""
    library = StandIn(clips)
    set_library(library)  # type: ignore[arg-type]  # the stand-in has the façade's names, not its class
    yield library
    set_library(None)


@pytest.fixture
def library(empty: StandIn) -> StandIn:
    """Return the library of the pages, with a handful of videos."""
    empty.fill()
    return empty


@pytest.fixture
def visit(empty: StandIn) -> Callable[..., AppTest]:
    """Return a function that opens a page as a browser would: by its file and its parameters."""

    def open_page(page: str = "search.py", **parameters: str | list[str]) -> AppTest:
        app = AppTest.from_file(SHELL, default_timeout=20)
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        if page != "search.py":
            app.switch_page(page)
            for name, value in parameters.items():
                app.query_params[name] = value
            app.run()
        assert not app.exception
        return app

    return open_page


def component(app: AppTest, key: str) -> dict[str, Any]:
    """Return the data that a page gave to one of our components."""
    for element in app.main:
        proto = getattr(element, "proto", None)
        if proto is not None and hasattr(proto, "component_name") and str(proto.id).endswith(f"-{key}"):
            return dict(json.loads(proto.json))
    raise AssertionError(f"no component {key} on the page")


def has_component(app: AppTest, key: str) -> bool:
    """Return whether a page draws one of our components."""
    return any(
        str(getattr(getattr(element, "proto", None), "id", "")).endswith(f"-{key}") for element in app.main
    )


def words(app: AppTest) -> str:
    """Return all text of a page that is not inside a component."""
    kinds = (app.markdown, app.error, app.warning, app.success, app.info, app.caption, app.subheader)
    texts = [str(element.value) for kind in kinds for element in kind]
    texts += [
        element.proto.body for element in app.main if type(getattr(element, "proto", None)).__name__ == "Html"
    ]
    texts += [element.proto.text for element in app.get("progress")]
    return "\n".join(texts).replace("\\", "")
