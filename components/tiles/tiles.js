// A wall of pictures to choose from; those that are moments play at once.

class Tiles {
  constructor(parent) {
    this.tiles = new Map();
    this.marked = window.cuepointCued ?? null;
    this.root = make("section", "cuepoint tiles");
    this.list = make("ul", "wall");
    this.root.append(this.list);
    parent.append(this.root);
    this.off = new AbortController();
    const { signal } = this.off;
    window.addEventListener("cuepoint:cued", (event) => this.mark(event.detail), { signal });
    window.addEventListener("cuepoint:step", (event) => this.step(event.detail.by), { signal });
    this.list.addEventListener("keydown", (event) => this.moved(event));
  }

  update(data, send) {
    this.send = send;
    attributes(this.root, { "aria-label": data.label, "data-size": data.size });
    const kept = new Map();
    for (const one of data.tiles) {
      const tile = this.tiles.get(one.id) ?? this.build();
      this.fill(tile, one);
      kept.set(one.id, tile);
    }
    this.tiles = kept;
    const nodes = [...kept.values()].map((tile) => tile.node);
    const same = nodes.length === this.list.children.length && nodes.every((node, i) => node === this.list.children[i]);
    if (!same) this.list.replaceChildren(...nodes);
    if (this.marked) this.mark(this.marked);
  }

  build() {
    const tile = { node: make("li"), button: attributes(make("button", "tile"), { type: "button" }) };
    tile.image = attributes(make("img"), { alt: "", loading: "lazy", decoding: "async", width: 320, height: 180 });
    tile.image.addEventListener("error", () => tile.image.classList.add("gone"));
    tile.image.addEventListener("load", () => tile.image.classList.remove("gone"));
    const shot = make("span", "shot");
    tile.level = make("span", "level");
    shot.append(tile.image, tile.level);
    tile.title = make("span", "title");
    tile.below = make("span", "below");
    tile.button.append(shot, tile.title, tile.below);
    tile.node.append(tile.button);
    tile.button.addEventListener("click", () => this.choose(tile));
    return tile;
  }

  fill(tile, one) {
    tile.data = one;
    tile.title.textContent = one.title;
    tile.below.textContent = one.below;
    tile.level.style.width = `${Math.round(100 * Math.max(0, Math.min(1, one.level ?? 0)))}%`;
    if (tile.image.getAttribute("src") !== one.image) tile.image.src = one.image;
    attributes(tile.button, { "aria-label": `${one.cue ? "Play" : "Watch"} ${one.title} ${one.below}`.trim() });
  }

  choose(tile) {
    const { id, cue } = tile.data;
    const nonce = cue ? playMoment(cue) : freshId();
    this.send?.("chosen", { id, nonce });
  }

  mark(moment) {
    this.marked = moment;
    for (const tile of this.tiles.values()) {
      const same = tile.data.cue && sameMoment(tile.data.cue, moment);
      attributes(tile.button, { "aria-current": same ? "true" : null });
    }
  }

  // Shift with an arrow walks through the moments; a wall of videos has none.
  step(by) {
    const moments = [...this.tiles.values()].filter((tile) => tile.data.cue);
    const here = moments.findIndex((tile) => tile.button.getAttribute("aria-current") === "true");
    const next = moments[here + by];
    if (!next) return;
    this.choose(next);
    next.node.scrollIntoView({ block: "nearest" });
  }

  moved(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...this.list.querySelectorAll(".tile")];
    const next = buttons[buttons.indexOf(event.target) + by];
    if (!by || !next) return;
    event.preventDefault();
    next.focus();
  }

  close() {
    this.off.abort();
    this.root.remove();
  }
}

const walls = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!walls.has(parentElement)) walls.set(parentElement, new Tiles(parentElement));
  walls.get(parentElement).update(data, setTriggerValue);
  return () => {
    walls.get(parentElement)?.close();
    walls.delete(parentElement);
  };
}
