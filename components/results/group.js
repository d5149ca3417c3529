// One video with the moments that were found in it, in the view by video.

class Group {
  constructor(list) {
    this.list = list;
    this.node = make("li", "group");
    this.still = still();
    this.title = make("h3", "title");
    this.below = make("p", "below");
    const words = make("div", "words");
    words.append(this.title, this.below);
    const open = iconButton("open", "Open this video");
    open.addEventListener("click", () => this.list.tell("open", this.tiles[0].moment));
    this.more = make("button", "text-button small");
    this.more.type = "button";
    this.more.addEventListener("click", () => this.list.tell("more", { video_id: this.video }));
    const head = make("div", "group-head");
    head.append(this.still.shot, words, this.more, open);
    this.row = make("ol", "tiles-row");
    this.node.append(head, this.row);
    this.tiles = [];
  }

  get players() {
    return this.tiles;
  }

  update(data) {
    this.video = data.video_id;
    this.still.show(data.poster);
    this.title.textContent = data.title;
    this.below.textContent = data.below;
    attributes(this.row, { "aria-label": `Moments of ${data.title}` });
    this.more.hidden = !data.more;
    this.more.textContent = `${data.more} more in this video`;
    this.tiles = data.tiles.map((one, index) => {
      const tile = this.tiles[index] ?? new Tile(this.list, { titled: false });
      tile.update(one);
      return tile;
    });
    const nodes = this.tiles.map((tile) => tile.node);
    if (!sameNodes(nodes, this.row)) this.row.replaceChildren(...nodes);
  }

  mark(moment) {
    return this.tiles.map((tile) => tile.mark(moment)).some(Boolean);
  }
}
