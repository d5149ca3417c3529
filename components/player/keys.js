// Keys of a source monitor; they act wherever the focus is, except while somebody is typing.

const ARROW_S = 1;

// [keys as they are written, what they do]; the sheet that `?` opens lists these, in groups.
const KEY_GROUPS = [
  ["Playing", [
    ["Space", "Play, pause"],
    ["L", "Play; again 2, 4, 8 times as fast"],
    ["J", "Step back through the pictures, without sound; again 2, 4, 8 times as fast"],
    ["K", "Stop"],
    ["P", "Play from In to Out"],
  ]],
  ["Moving", [
    [", .", "One frame back, one frame on"],
    ["← →", "One second back, one second on"],
    ["Home End", "First frame, last frame of the video"],
    ["Shift ← Shift →", "Previous result, next result"],
  ]],
  ["In and Out", [
    ["I", "In at the frame on screen"],
    ["O", "Out after the frame on screen"],
    ["Shift I Shift O", "Go to In, go to Out"],
    ["X", "In and Out of the result again"],
    ["S", "Keep what lies between In and Out"],
  ]],
  ["Picture and sound", [
    ["F", "Full screen"],
    ["M", "Sound on, off"],
    ["C", "Subtitles on, off"],
    ["?", "This list; Escape closes it"],
  ]],
];

function toResult(by) {
  return () => window.dispatchEvent(new CustomEvent("cuepoint:step", { detail: { by } }));
}

// `player` is what the keys act on beyond the playhead: start, keep, fullscreen, mute, captions, and the list of keys.
function keyActions(player) {
  const { playhead } = player;
  return {
    " ": () => player.toggle(),
    k: () => playhead.halt(),
    l: () => playhead.forward()?.catch(() => {}),
    j: () => playhead.backward(),
    p: () => playhead.playInToOut().catch(() => {}),
    ",": () => playhead.step(-1),
    ".": () => playhead.step(1),
    arrowleft: () => playhead.move(-ARROW_S),
    arrowright: () => playhead.move(ARROW_S),
    home: () => playhead.toFrameAt(0),
    end: () => playhead.toFrameAt(playhead.fileEnd),
    "shift+arrowleft": toResult(-1),
    "shift+arrowright": toResult(1),
    i: () => playhead.marks.setIn(),
    o: () => playhead.marks.setOut(),
    "shift+i": () => playhead.toIn(),
    "shift+o": () => playhead.toOut(),
    x: () => playhead.marks.reset(),
    s: () => player.keep(),
    f: () => player.fullscreen(),
    m: () => player.sound.mute(),
    c: () => player.sound.toggleCaptions(),
    "?": () => player.sheet.open(),
  };
}

// With Caps Lock a letter is large without Shift, so the key is told from its small letter.
function keyName(event) {
  const key = event.key.toLowerCase();
  return event.shiftKey && (key.startsWith("arrow") || (key >= "a" && key <= "z" && key.length === 1)) ? `shift+${key}` : key;
}

// Space and arrows on such things are theirs: a button is pressed, a tab or a slider moves.
function ownsKey(event, key, root) {
  const focused = event.composedPath()[0];
  if (!(focused instanceof HTMLElement) || focused === root) return false;
  const role = focused.getAttribute("role");
  if (key === " ") return focused.tagName === "BUTTON" || focused.tagName === "SUMMARY" || role === "button" || role === "checkbox";
  if (!key.startsWith("arrow") && key !== "home" && key !== "end") return false;
  return ["slider", "radio", "tab", "menuitem", "option"].includes(role) && !focused.dataset.part;
}

function listenForKeys(player, root, signal) {
  const actions = keyActions(player);
  const listen = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const key = keyName(event);
    const act = actions[key];
    if (!act || (root.dataset.empty === "true" && key !== "?") || ownsKey(event, key, root)) return;
    event.preventDefault();
    act();
  };
  window.addEventListener("keydown", listen, { signal });
}
