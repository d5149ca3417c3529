// Moments of other videos that are like one of this video: asked for by a button, played in the same monitor.

class Elsewhere {
  constructor(parent) {
    this.tiles = [];
    this.marked = window.cuepointCued ?? null;
    this.root = attributes(make("section", "cuepoint elsewhere"), { "aria-label": "Moments like this elsewhere" });
    this.find = make("button", "text-button find");
    this.find.type = "button";
    this.find.append(icon("similar"), make("span", "", "Find moments like this"));
    this.find.addEventListener("click", () => this.ask());
    this.line = attributes(make("p", "line"), { role: "status" });
    this.list = make("ol", "tiles-row");
    const head = make("div", "elsewhere-head");
    head.append(this.find, this.line);
    this.root.append(head, this.list);
    parent.append(this.root);
    this.off = new AbortController();
    window.addEventListener("cuepoint:cued", (event) => this.mark(event.detail), { signal: this.off.signal });
  }

  // The moment in the player, and where it stands: of a whole video only the second can be meant.
  ask() {
    const { video_id, start_s, end_s } = this.marked ?? {};
    const where = {};
    window.dispatchEvent(new CustomEvent("cuepoint:where", { detail: where }));
    this.line.textContent = "Looking …";
    this.send?.("find", { video_id: video_id ?? null, start_s: start_s ?? 0, end_s: end_s ?? 0, at_s: where.at_s ?? start_s ?? 0 });
  }

  tell(name, value) {
    this.send?.(name, value);
  }

  play(cue) {
    const nonce = playMoment(cue);
    const { video_id, start_s, end_s } = cue;
    this.tell("chosen", { video_id, start_s, end_s, nonce });
  }

  update(data, send) {
    this.send = send;
    this.line.textContent = data.line;
    this.tiles = data.tiles.map((one, index) => {
      const tile = this.tiles[index] ?? new OtherTile(this);
      tile.update(one);
      return tile;
    });
    this.list.replaceChildren(...this.tiles.map((tile) => tile.node));
    if (this.marked) this.mark(this.marked);
  }

  mark(moment) {
    this.marked = moment;
    for (const tile of this.tiles) tile.mark(moment);
  }

  close() {
    this.off.abort();
    this.root.remove();
  }
}

// A moment of another video, with what an editor does next: keep it, or go to its video.
class OtherTile extends Tile {
  constructor(list) {
    super(list, { titled: true });
    const button = (name, label, trigger) => {
      const made = iconButton(name, label);
      made.addEventListener("click", () => list.tell(trigger, this.moment));
      return made;
    };
    const actions = make("div", "tile-actions");
    actions.append(button("keep", "Keep", "keep"), button("open", "Open this video", "open"));
    this.node.append(actions);
  }
}

export default onPage((parent) => new Elsewhere(parent));
