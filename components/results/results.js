// The list of results: plays a moment at once, and then tells Python which one it was.

class Results {
  constructor(parent) {
    this.cards = new Map();
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
    this.line.textContent = data.line;
    this.chips.replaceChildren(...data.chips.map((chip) => this.chip(chip)));
    const kept = new Map();
    for (const one of data.cards) {
      const card = this.cards.get(one.id) ?? new Card(this);
      card.update(one);
      kept.set(one.id, card);
    }
    this.cards = kept;
    const nodes = [...kept.values()].map((card) => card.node);
    const same = nodes.length === this.list.children.length && nodes.every((node, i) => node === this.list.children[i]);
    // Moving nodes that are in place already would drop the focus.
    if (!same) this.list.replaceChildren(...nodes);
    // What Python calls current may be older than the last click here; only a change of it is news.
    const told = JSON.stringify(data.current);
    if (data.current && told !== this.told) this.mark(data.current);
    else if (this.marked) this.mark(this.marked);
    this.told = told;
  }

  chip({ kind, text }) {
    const chip = make("li", `chip ${kind}`);
    chip.append(make("span", "kind", kind), make("span", "", text));
    return chip;
  }

  play(card) {
    const nonce = playMoment(card.data.cue);
    this.mark(card.data.cue);
    this.tell("chosen", { ...card.moment(), nonce });
  }

  mark(moment) {
    this.marked = moment;
    this.current = null;
    for (const card of this.cards.values()) {
      const same = sameMoment(card.data.cue, moment);
      attributes(card.link, { "aria-current": same ? "true" : null });
      if (same) this.current = card;
    }
  }

  step(by) {
    const cards = [...this.cards.values()];
    const next = cards[this.current ? cards.indexOf(this.current) + by : 0];
    if (!next) return;
    this.play(next);
    next.node.scrollIntoView({ block: "nearest" });
  }

  moved(event) {
    const links = [...this.list.querySelectorAll("a.play")];
    const here = links.findIndex((link) => link.parentElement.contains(event.target));
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined || here < 0 || !links[to]) return;
    event.preventDefault();
    links[to].focus();
  }

  close() {
    this.off.abort();
    this.root.remove();
  }
}

const lists = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!lists.has(parentElement)) lists.set(parentElement, new Results(parentElement));
  const results = lists.get(parentElement);
  results.update(data, setTriggerValue);
  return () => {
    results.close();
    lists.delete(parentElement);
  };
}
