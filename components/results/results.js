// The list of results: plays a moment at once, and then tells Python which one it was.

// Python's run of the page and the picture come from one process: the picture goes first.
const TELL_AFTER_MS = 300;

class Results {
  constructor(parent) {
    this.items = new Map(); // Cards, or groups in the view by video, by their ids.
    this.current = null;
    this.marked = window.cuepointCued ?? null;
    this.root = make("section", "cuepoint results");
    attributes(this.root, { "aria-label": "Results" });
    this.line = attributes(make("p", "line"), { role: "status" });
    this.chips = attributes(make("ul", "chips"), { "aria-label": "How the query was understood" });
    this.list = make("ol", "cards");
    this.root.append(this.line, this.chips, this.list);
    parent.append(this.root);
    this.off = new AbortController();
    const { signal } = this.off;
    this.list.addEventListener("keydown", (event) => this.moved(event));
    window.addEventListener("cuepoint:cued", (event) => this.mark(event.detail), { signal });
    window.addEventListener("cuepoint:step", (event) => this.step(event.detail.by), { signal });
  }

  tell(name, value) {
    this.send?.(name, value);
  }

  update(data, send) {
    this.send = send;
    this.terms = data.terms;
    this.steps = data.steps;
    this.scale = data.scale;
    this.line.textContent = data.line;
    this.chips.replaceChildren(...data.chips.map((chip) => this.chip(chip)));
    const kept = new Map();
    const keep = (one, Kind) => {
      const item = this.items.get(one.id) ?? new Kind(this);
      item.update(one);
      kept.set(one.id, item);
    };
    for (const one of data.cards) keep(one, Card);
    for (const one of data.groups) keep(one, Group);
    this.items = kept;
    const nodes = [...kept.values()].map((item) => item.node);
    if (!sameNodes(nodes, this.list)) this.list.replaceChildren(...nodes);
    // What Python calls current may be older than the last click here: the player knows better, where there is one.
    const current = window.cuepointCued ?? data.current ?? this.marked;
    if (current) this.mark(current);
    this.playOnce(data.play);
  }

  // A row that was chosen in the table: Python asks for it once, by a nonce.
  playOnce(cue) {
    if (!cue || cue.nonce === this.played) return;
    this.played = cue.nonce;
    playMoment(cue, cue.nonce);
    this.mark(cue);
  }

  chip({ kind, text }) {
    const chip = make("li", `chip ${kind}`);
    chip.append(make("span", "kind", kind), make("span", "", text));
    return chip;
  }

  play(cue) {
    const nonce = playMoment(cue);
    const { video_id, start_s, end_s } = cue;
    this.mark(cue);
    const tell = () => this.tell("chosen", { video_id, start_s, end_s, nonce });
    clearTimeout(this.telling); // Of clicks in quick succession Python needs only the last.
    if (window.cuepointPending) tell(); // No player yet: Python makes it.
    else this.telling = setTimeout(tell, TELL_AFTER_MS);
  }

  mark(moment) {
    this.marked = moment;
    this.current = null;
    for (const item of this.items.values()) {
      if (item.mark(moment)) this.current = item.players.find((one) => sameMoment(one.cue, moment)) ?? item.players[0];
    }
  }

  step(by) {
    const players = [...this.items.values()].flatMap((item) => item.players);
    const next = players[this.current ? players.indexOf(this.current) + by : 0];
    if (!next) return;
    this.play(next.cue);
    next.node.scrollIntoView({ block: "nearest" });
  }

  moved(event) {
    const links = [...this.list.querySelectorAll("a.play, a.tile")].filter((link) => link.offsetParent);
    const own = links.indexOf(event.target);
    const here = own >= 0 ? own : links.indexOf(event.target.closest("li.card")?.querySelector("a.play"));
    const to = { ArrowDown: here + 1, ArrowUp: here - 1 }[event.key];
    if (to === undefined || here < 0 || !links[to]) return;
    event.preventDefault();
    links[to].focus();
  }

  close() {
    this.off.abort();
    clearTimeout(this.telling);
    this.root.remove();
  }
}

export default onPage((parent) => new Results(parent));
