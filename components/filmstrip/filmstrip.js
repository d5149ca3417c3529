// All segments of one video as small pictures with their times; what is not in view costs nothing.

const AT_ONCE = 12;

class Filmstrip {
  constructor(parent) {
    this.frames = [];
    this.marked = window.cuepointCued ?? null;
    this.root = make("section", "cuepoint filmstrip");
    this.list = make("ol", "strip");
    this.root.append(this.list);
    parent.append(this.root);
    this.off = new AbortController();
    const { signal } = this.off;
    window.addEventListener("cuepoint:cued", (event) => this.mark(event.detail), { signal });
    window.addEventListener("cuepoint:step", (event) => this.step(event.detail.by), { signal });
    this.list.addEventListener("keydown", (event) => this.moved(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.observer = new IntersectionObserver((seen) => this.saw(seen), { rootMargin: "240px" });
  }

  update(data, send) {
    this.send = send;
    attributes(this.root, { "aria-label": data.label });
    this.cue = data.cue;
    this.film = data.film ? new Film(data.film) : null;
    const told = JSON.stringify([data.segments.map(([start, end]) => [start, end]), Boolean(data.film), data.images]);
    if (told !== this.told) this.build(data);
    this.told = told;
    data.segments.forEach((segment, index) => this.frames[index].rate(segment));
    this.list.dataset.found = String(this.frames.some((frame) => frame.hit));
    if (this.marked) this.mark(this.marked);
  }

  build({ segments, images }) {
    this.observer.disconnect();
    this.frames = segments.map(([start, end], index) => new Frame(this, start, end, images?.[index]));
    this.byNode = new Map(this.frames.map((frame) => [frame.node, frame]));
    this.list.replaceChildren(...this.frames.map((frame) => frame.node));
    // The first ones are in view: their sheet is asked for before anything is laid out.
    for (const frame of this.frames.slice(0, AT_ONCE)) frame.paint(this.film);
    for (const frame of this.frames.slice(AT_ONCE)) this.observer.observe(frame.node);
  }

  // A picture is painted, and with it its sheet asked for, when it first comes into view.
  saw(entries) {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      this.observer.unobserve(target);
      this.byNode.get(target)?.paint(this.film);
    }
  }

  clicked(event) {
    const frame = this.byNode.get(event.target.closest("li"));
    if (frame && event.target.closest("button")) this.choose(frame);
  }

  choose({ cue }) {
    const nonce = playMoment(cue);
    this.send?.("chosen", { start_s: cue.start_s, end_s: cue.end_s, nonce });
  }

  mark(moment) {
    this.marked = moment;
    for (const frame of this.frames) {
      const same = sameMoment(frame.cue, moment);
      if (same !== frame.current) frame.setCurrent(same);
    }
    // Once a moment: somebody may have scrolled on since.
    const told = JSON.stringify(moment);
    const at = this.frames.findLast((frame) => frame.cue.start_s <= this.from + 0.002);
    if (at && told !== this.shown) this.reveal(at.node);
    this.shown = told;
  }

  // Scrolls the strip and never the page, which may be showing something else just now.
  reveal(node) {
    const [box, own] = [this.list.getBoundingClientRect(), node.getBoundingClientRect()];
    if (own.top < box.top || own.bottom > box.bottom) this.list.scrollTop += own.top - box.top - (box.height - own.height) / 2;
    if (own.left < box.left || own.right > box.right) this.list.scrollLeft += own.left - box.left - (box.width - own.width) / 2;
  }

  // Shift with an arrow walks through what was found, or through all where nothing was looked for.
  step(by) {
    const found = this.frames.filter((frame) => frame.hit);
    const frames = found.length ? found : this.frames;
    const here = frames.findIndex((frame) => frame.current);
    const after = frames.findIndex((frame) => frame.cue.start_s > this.from + 0.002);
    const next = here >= 0 ? here + by : (after < 0 ? frames.length : after) + (by > 0 ? 0 : -1);
    if (frames[next]) this.choose(frames[next]);
  }

  // Where the moment in the player begins; the whole video begins before its first segment.
  get from() {
    const { marked, cue } = this;
    return marked?.video_id === cue.video_id && !sameMoment(marked, cue) ? marked.start_s : -1;
  }

  moved(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = this.frames[this.frames.findIndex((frame) => frame.button === event.target) + by];
    if (!by || !next) return;
    event.preventDefault();
    next.button.focus();
  }

  close() {
    this.off.abort();
    this.observer.disconnect();
    this.root.remove();
  }
}

export default onPage((parent) => new Filmstrip(parent));
