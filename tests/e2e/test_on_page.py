"""What a component has on the page stays for as long as its element does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

COMPONENTS = Path(__file__).resolve().parents[2] / "components"

# Calls a component as Streamlit does: for each step, whether the element is on the page, and which update's
# clean-up is called. Returns what was made, updated and closed.
_PLAYED = """([script, steps]) => {
  const onPage = new Function(`${script}\\nreturn onPage;`)();
  const told = [];
  let made = 0;
  const show = onPage(() => {
    const name = `one ${++made}`;
    return { update: (data) => told.push(`${name} ${data}`), close: () => told.push(`${name} closed`) };
  });
  const host = document.createElement("div");
  const parentElement = host.attachShadow({ mode: "open" });
  const cleanUps = {};
  const acts = {
    enter: () => document.body.append(host),
    leave: () => host.remove(),
    update: (data) => (cleanUps[data] = show({ data, parentElement, setTriggerValue() {} })),
    clean: (data) => cleanUps[data](),
  };
  for (const [act, data] of steps) acts[act](data);
  return told;
}"""


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (
            [["enter"], ["update", "a"], ["update", "b"], ["leave"], ["clean", "b"]],
            ["one 1 a", "one 1 b", "one 1 closed"],
        ),
        # The second update came while the module of the first one was being imported.
        ([["enter"], ["update", "a"], ["clean", "a"], ["update", "b"]], ["one 1 a", "one 1 b"]),
        ([["enter"], ["update", "a"], ["update", "b"], ["clean", "a"]], ["one 1 a", "one 1 b"]),
        (
            [["enter"], ["update", "a"], ["clean", "a"], ["update", "b"], ["leave"], ["clean", "b"]],
            ["one 1 a", "one 1 b", "one 1 closed"],
        ),
        # The element had left before the module was there.
        (
            [["enter"], ["leave"], ["update", "a"], ["clean", "a"], ["clean", "a"]],
            ["one 1 a", "one 1 closed"],
        ),
    ],
    ids=["usual", "overtaken before", "overtaken after", "overtaken and left", "left before"],
)
def test_only_what_has_left_the_page_is_closed(page: Any, steps: list[list[str]], told: list[str]) -> None:
    """A clean-up closes what was made if its element has left the page, once, and nothing otherwise."""
    script = (COMPONENTS / "shared" / "on_page.js").read_text()
    assert page.evaluate(_PLAYED, [script, steps]) == told


def test_every_component_is_kept_by_it() -> None:
    """No component has a clean-up of its own."""
    exporting = [text for path in COMPONENTS.rglob("*.js") if "export default" in (text := path.read_text())]
    assert len(exporting) > 10
    assert all("export default onPage(" in text for text in exporting)
