// What looks and sounds the same as a card's moment: folded under a small button, drawn when it is unfolded.

class Similar {
  constructor(card) {
    this.card = card;
    this.node = make("ul", "tiles-row");
    this.node.hidden = true;
    this.node.id = `similar-${freshId()}`;
    this.button = make("button", "text-button small");
    this.button.type = "button";
    attributes(this.button, { "aria-expanded": "false", "aria-controls": this.node.id });
    this.button.addEventListener("click", () => this.toggle());
    this.tiles = [];
  }

  toggle() {
    this.node.hidden = !this.node.hidden;
    this.fill();
  }

  update(moments) {
    this.moments = moments;
    this.button.hidden = !moments.length;
    this.button.textContent = `+${moments.length} similar`;
    if (!moments.length) this.node.hidden = true;
    attributes(this.node, { "aria-label": `Similar to ${this.card.cue.title}, ${clock(this.card.cue.start_s)}` });
    this.fill();
  }

  fill() {
    attributes(this.button, { "aria-expanded": String(!this.node.hidden) });
    if (this.node.hidden) return;
    this.tiles = this.moments.map((one, index) => {
      const tile = this.tiles[index] ?? new Tile(this.card.list, { titled: true });
      tile.update(one);
      return tile;
    });
    const nodes = this.tiles.map((tile) => tile.node);
    if (!sameNodes(nodes, this.node)) this.node.replaceChildren(...nodes);
    if (this.card.list.marked) this.mark(this.card.list.marked);
  }

  mark(moment) {
    return this.tiles.map((tile) => tile.mark(moment)).some(Boolean);
  }
}

// Moving nodes that are in place already would drop the focus.
function sameNodes(nodes, parent) {
  return nodes.length === parent.children.length && nodes.every((node, i) => node === parent.children[i]);
}
