// A wall of pictures to choose from.

class Tiles {
  constructor(parent) {
    this.tiles = new Map();
    this.root = make("section", "cuepoint tiles");
    this.list = make("ul", "wall");
    this.root.append(this.list);
    parent.append(this.root);
    this.list.addEventListener("keydown", (event) => this.moved(event));
  }

  update(data, send) {
    this.send = send;
    attributes(this.root, { "aria-label": data.label });
    const kept = new Map();
    for (const one of data.tiles) {
      const tile = this.tiles.get(one.id) ?? this.build(one.id);
      this.fill(tile, one);
      kept.set(one.id, tile);
    }
    this.tiles = kept;
    const nodes = [...kept.values()].map((tile) => tile.node);
    const same = nodes.length === this.list.children.length && nodes.every((node, i) => node === this.list.children[i]);
    if (!same) this.list.replaceChildren(...nodes);
  }

  build(id) {
    const tile = { node: make("li"), button: attributes(make("button", "tile"), { type: "button" }) };
    tile.image = attributes(make("img"), { alt: "", loading: "lazy", decoding: "async", width: 320, height: 180 });
    tile.image.addEventListener("error", () => tile.image.classList.add("gone"));
    tile.image.addEventListener("load", () => tile.image.classList.remove("gone"));
    const shot = make("span", "shot");
    shot.append(tile.image);
    tile.title = make("span", "title");
    tile.below = make("span", "below");
    tile.button.append(shot, tile.title, tile.below);
    tile.node.append(tile.button);
    tile.button.addEventListener("click", () => this.send?.("chosen", { id, nonce: freshId() }));
    return tile;
  }

  fill(tile, one) {
    tile.title.textContent = one.title;
    tile.below.textContent = one.below;
    if (tile.image.getAttribute("src") !== one.image) tile.image.src = one.image;
    attributes(tile.button, { "aria-label": `Watch ${one.title} ${one.below}`.trim(), title: one.title });
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
    this.root.remove();
  }
}

export default onPage((parent) => new Tiles(parent));
