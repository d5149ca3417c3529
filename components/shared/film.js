// Small pictures of a video, cut from sheets; a sheet is asked for when a tile of it is first shown.

class Film {
  constructor(data) {
    this.data = data;
  }

  get aspect() {
    return this.data.width / this.data.height;
  }

  // Where a time's tile lies: the link of its sheet, and column and row on it. Null where it is not at hand.
  tile(seconds) {
    const { interval_s, columns, rows, count, first, sheets } = this.data;
    const number = Math.max(0, Math.min(count - 1, Math.floor(seconds / interval_s + 1e-6)));
    const perSheet = columns * rows;
    const link = sheets[Math.floor(number / perSheet) - first];
    const within = number % perSheet;
    return link ? { link, column: within % columns, row: Math.floor(within / columns), at_s: number * interval_s } : null;
  }

  // Paints the picture of a time onto a node of any size that has the film's shape. False where there is none.
  paint(node, seconds) {
    const tile = this.tile(seconds);
    if (!tile) return false;
    const { columns, rows } = this.data;
    const share = (place, of) => (of > 1 ? (100 * place) / (of - 1) : 0);
    const { style } = node;
    style.aspectRatio = String(this.aspect);
    style.backgroundImage = `url("${tile.link}")`;
    style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
    style.backgroundPosition = `${share(tile.column, columns)}% ${share(tile.row, rows)}%`;
    return true;
  }
}
