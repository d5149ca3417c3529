// Moments as small pictures in a row, each with a line of its own under it; a click plays it on this page.

class Moments {
  constructor(parent) {
    this.tiles = [];
    this.marked = window.cuepointCued ?? null;
    this.root = make("section", "cuepoint moments");
    this.list = make("ol", "tiles-row");
    this.root.append(this.list);
    parent.append(this.root);
    this.off = new AbortController();
    window.addEventListener("cuepoint:cued", (event) => this.mark(event.detail), { signal: this.off.signal });
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
    attributes(this.root, { "aria-label": data.label });
    this.tiles = data.tiles.map((one, index) => {
      const tile = this.tiles[index] ?? new MomentTile(this);
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

class MomentTile extends Tile {
  constructor(list) {
    super(list, { titled: true });
    this.note = make("span", "note");
    this.link.append(this.note);
    const keep = iconButton("keep", "Keep");
    keep.addEventListener("click", () => list.tell("keep", this.moment));
    const actions = make("div", "tile-actions");
    actions.append(keep);
    this.node.append(actions);
  }

  update({ cue, note, film }) {
    this.point(cue, `Play ${cue.title}, ${clock(cue.start_s)} to ${clock(cue.end_s)}${note ? `, ${note}` : ""}`);
    this.still.show(cue.poster);
    this.scrub.update(cue, film);
    this.title.textContent = cue.title;
    this.band.textContent = `${clock(cue.start_s)} – ${clock(cue.end_s)}`;
    this.note.textContent = note;
    attributes(this.link, { title: cue.title });
  }
}

export default onPage((parent) => new Moments(parent));
