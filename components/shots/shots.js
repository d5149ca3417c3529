// A shot list: what is done to it is seen at once, and Python confirms it.

class Shots {
  constructor(parent) {
    this.rows = new Map();
    this.shots = [];
    this.marked = window.cuepointCued ?? null;
    this.root = make("section", "cuepoint shots");
    this.list = make("ol", "rows");
    this.told = attributes(make("p", "unseen"), { "aria-live": "assertive" });
    this.toolbar = new Toolbar(this);
    this.outbox = new Outbox((value) => this.send?.("asked", value));
    this.dragging = new Dragging(this.list, { moved: () => this.renumber(), ended: (kept) => this.dropped(kept) });
    this.root.append(this.toolbar.node, this.list, this.toolbar.undo, this.told);
    parent.append(this.root);
    this.off = new AbortController();
    const { signal } = this.off;
    window.addEventListener("cuepoint:cued", (event) => this.mark(event.detail), { signal });
    window.addEventListener("cuepoint:step", (event) => this.step(event.detail.by), { signal });
    this.list.addEventListener("keydown", (event) => this.pressed(event));
  }

  // Python's view. One that is older than what was seen before is not news; its answers are.
  update(data, send) {
    this.send = send;
    attributes(this.root, { "aria-label": data.label });
    if (data.list_id !== this.listId) this.begin(data);
    const refused = this.outbox.take(data.answers);
    if (data.version >= this.version) [this.version, this.shots, this.line] = [data.version, data.shots, data.line];
    this.draw();
    for (const [change, sentence] of refused) {
      const row = this.rows.get(change.shot_id);
      if (row) row.refuse(sentence, change.end);
      else this.toolbar.line.textContent = sentence;
    }
  }

  begin(data) {
    this.listId = data.list_id;
    this.version = -1;
    this.rows.clear();
    this.toolbar.offer(0);
  }

  change(change) {
    const made = this.outbox.add(change);
    this.draw();
    return made;
  }

  get now() {
    return this.outbox.shown(this.shots);
  }

  get selected() {
    return [...this.rows.values()].filter((row) => row.pick.checked).map((row) => row.data.id);
  }

  draw() {
    if (this.dragging.active) return; // The rows are placed when the row is let go.
    const shots = this.now;
    const kept = new Map();
    shots.forEach((shot, index) => {
      const row = this.rows.get(shot.id) ?? this.made();
      row.update(shot, index, shots.length);
      kept.set(shot.id, row);
    });
    this.rows = kept;
    placeNodes(this.list, [...kept.values()].map((row) => row.node));
    this.picked();
    this.mark(this.marked);
  }

  made() {
    const row = new Row(this);
    this.dragging.watch(row.handle, row.node);
    return row;
  }

  picked() {
    this.toolbar.show(this.line, this.selected.length, this.rows.size);
  }

  select(on) {
    for (const row of this.rows.values()) row.pick.checked = on;
    this.picked();
  }

  play({ cue }) {
    if (!cue) return;
    const nonce = playMoment(cue);
    const { video_id, start_s, end_s } = cue;
    this.mark(cue);
    this.outbox.add({ verb: "choose", place: { video_id, start_s, end_s }, nonce });
  }

  mark(moment) {
    this.marked = moment;
    let found = false;
    // The same moment can be in the list twice; the first stands for it.
    for (const row of this.rows.values()) found = row.mark(found ? null : moment) || found;
  }

  step(by) {
    const rows = [...this.rows.values()].filter((row) => row.cue);
    const here = rows.findIndex((row) => row.node.hasAttribute("aria-current"));
    const next = rows[here < 0 ? 0 : here + by];
    if (!next) return;
    this.play(next);
    next.node.scrollIntoView({ block: "nearest" });
  }

  move(row, by) {
    const ids = [...this.rows.keys()];
    const from = ids.indexOf(row.data.id);
    const to = from + by;
    if (to < 0 || to >= ids.length) return;
    const focused = this.list.getRootNode().activeElement;
    ids.splice(to, 0, ...ids.splice(from, 1));
    this.change({ verb: "order", shot_ids: ids });
    if (focused?.disabled) row.handle.focus();
    row.node.scrollIntoView({ block: "nearest" });
    this.told.textContent = `${row.data.title} is now ${to + 1} of ${ids.length}`;
  }

  renumber() {
    const byNode = new Map([...this.rows.values()].map((row) => [row.node, row]));
    [...this.list.children].forEach((node, index) => (byNode.get(node).number.textContent = String(index + 1)));
  }

  dropped(kept) {
    const byNode = new Map([...this.rows.values()].map((row) => [row.node, row.data.id]));
    const ids = [...this.list.children].map((node) => byNode.get(node));
    if (kept && ids.join() !== [...this.rows.keys()].join()) this.change({ verb: "order", shot_ids: ids });
    else this.draw();
  }

  remove(ids) {
    if (!ids.length) return;
    const before = this.now;
    const taken = before.map((shot, place) => [place, shot]).filter(([, shot]) => ids.includes(shot.id));
    const next = before.findIndex(({ id }) => ids.includes(id));
    const change = this.change({ verb: "remove", shot_ids: ids });
    this.outbox.removed.set(change.id, taken);
    this.undoable = change.id;
    this.toolbar.offer(taken.length);
    [...this.rows.values()][Math.min(next, this.rows.size - 1)]?.handle.focus();
  }

  restore() {
    this.toolbar.offer(0);
    this.change({ verb: "restore", of: this.undoable });
  }

  pressed(event) {
    const row = [...this.rows.values()].find((one) => one.node === event.target.closest("li"));
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (by && event.altKey) this.move(row, by);
    else if (by && !isTyping(event)) this.focusBeside(row, event.target, by);
    else if (event.key === "Delete" && !isTyping(event)) this.remove([row.data.id]);
    else return;
    event.preventDefault();
  }

  focusBeside(row, target, by) {
    const rows = [...this.rows.values()];
    const next = rows[rows.indexOf(row) + by];
    if (!next) return;
    (target === row.play && !next.play.disabled ? next.play : next.handle).focus();
  }

  close() {
    this.off.abort();
    this.outbox.close();
    this.root.remove();
  }
}

// Puts nodes into this order. Moving a node takes the focus from it; it is given back.
function placeNodes(list, nodes) {
  const focused = list.getRootNode().activeElement;
  for (const gone of [...list.children].filter((node) => !nodes.includes(node))) gone.remove();
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  if (focused && list.contains(focused) && list.getRootNode().activeElement !== focused) focused.focus();
}

export default onPage((parent) => new Shots(parent));
