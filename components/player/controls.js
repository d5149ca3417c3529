// The buttons and readouts under the picture: drawn from the playhead, they change nothing themselves.

const COPIED_MS = 1600;

class Controls {
  constructor(part, playhead, { choose, signal }) {
    this.part = part;
    this.playhead = playhead;
    this.choose = choose;
    const on = (node, name, act) => node.addEventListener(name, act, { signal });
    on(part.modes, "click", (event) => choose(event.target.closest("[data-mode]")?.dataset.mode));
    on(part.modes, "keydown", (event) => this.moveMode(event));
    on(part.copy, "click", () => this.copy());
    const icons = { back: ["back", "One frame back (,)"], forward: ["forward", "One frame on (.)"], full: ["full", "Full screen (F)"], bigPlay: ["play", "Play"] };
    for (const [name, [drawn, label]] of Object.entries(icons)) setIcon(part[name], drawn, label);
  }

  moveMode(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const buttons = [...this.part.modes.children];
    const next = buttons[(buttons.indexOf(event.target) + by + buttons.length) % buttons.length];
    this.choose(next.dataset.mode);
    next.focus();
  }

  async copy() {
    const { now, copied } = this.part;
    const done = await copyText(now.textContent);
    copied.textContent = done ? "Copied" : "The browser does not allow copying.";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (copied.textContent = ""), COPIED_MS);
  }

  // `state` is {empty, duration, position, counting, keep}.
  draw(state) {
    const { part, playhead } = this;
    const { rate } = playhead;
    const { counting, duration } = state;
    write(part.now, state.empty ? "--:--:--:--" : timecode(state.position, rate, counting));
    // A length is counted from nothing, whatever the label of the first frame.
    write(part.total, duration ? timecode(duration, rate, [0, counting[1]]) : "");
    attributes(part.scrub, { "aria-valuemax": duration.toFixed(2), "aria-valuenow": state.position.toFixed(2), "aria-valuetext": part.now.textContent });
    const label = (seconds) => (Number.isFinite(seconds) ? timecode(seconds, rate, counting) : "");
    write(part.span, state.empty ? "" : `${label(playhead.start)} – ${label(playhead.end)}`);
    part.resetMarks.hidden = !playhead.marks.changed;
    this.drawButtons(state);
  }

  drawButtons({ empty, keep }) {
    const { part, playhead } = this;
    const playing = playhead.playing || playhead.reverse > 0;
    setIcon(part.toggle, playing ? "pause" : "play", playing ? "Pause (Space)" : "Play (Space)");
    part.root.dataset.playing = String(playing);
    for (const button of [part.toggle, part.back, part.forward, part.markIn, part.markOut, part.through, part.copy]) button.disabled = empty;
    part.keep.hidden = !keep;
    part.keep.disabled = empty;
    if (keep) write(part.keepLabel, keep);
    const factor = playhead.reverse || playhead.shuttle;
    part.shuttle.hidden = !playing || (factor === 1 && !playhead.reverse);
    const speed = factor * playhead.speed;
    write(part.shuttle, playhead.reverse ? `◀ ${speed}× without sound` : `${speed}× ▶`);
    for (const button of part.modes.children) {
      const chosen = button.dataset.mode === playhead.mode;
      attributes(button, { "aria-checked": String(chosen), tabindex: chosen ? 0 : -1 });
    }
  }

  close() {
    clearTimeout(this.timer);
  }
}

// Text that stays the same is not written again: a screen reader would hear it anew, a selection would go.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
