// Keys of a source monitor; they act wherever the focus is, except while somebody is typing.

const ARROW_S = 1;

function keyActions(playhead, start) {
  return {
    " ": () => (playhead.playing || playhead.reverse ? playhead.halt() : start()),
    k: () => playhead.halt(),
    l: () => playhead.forward()?.catch(() => {}),
    j: () => playhead.backward(),
    ",": () => playhead.step(-1),
    ".": () => playhead.step(1),
    arrowleft: () => playhead.seek(playhead.position - ARROW_S),
    arrowright: () => playhead.seek(playhead.position + ARROW_S),
    "shift+arrowleft": () => window.dispatchEvent(new CustomEvent("cuepoint:step", { detail: { by: -1 } })),
    "shift+arrowright": () => window.dispatchEvent(new CustomEvent("cuepoint:step", { detail: { by: 1 } })),
  };
}

// Space and arrows on such things are theirs: a button is pressed, a tab or a slider moves.
function ownsKey(event, key, root) {
  const focused = event.composedPath()[0];
  if (!(focused instanceof HTMLElement) || focused === root) return false;
  const role = focused.getAttribute("role");
  if (key === " ") return focused.tagName === "BUTTON" || focused.tagName === "SUMMARY" || role === "button" || role === "checkbox";
  if (key.startsWith("arrow")) return ["slider", "radio", "tab", "menuitem", "option"].includes(role) && !focused.dataset.part;
  return false;
}

function listenForKeys(root, playhead, start, signal) {
  const actions = keyActions(playhead, start);
  const listen = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const key = (event.shiftKey && event.key.startsWith("Arrow") ? "shift+" : "") + event.key.toLowerCase();
    const act = actions[key];
    if (!act || root.dataset.empty === "true" || ownsKey(event, key, root)) return;
    event.preventDefault();
    act();
  };
  window.addEventListener("keydown", listen, { signal });
}
