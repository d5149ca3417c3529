// Why a moment was found: its raw hits, each of which plays, and what every part of the query gave to them.

const COLUMNS = [
  ["Part of the query", "Words or sample that was looked for"],
  ["Found in", "Picture, sound or speech"],
  ["Cosine", "Raw likeness of the two vectors, from -1 to 1"],
  ["Usual", "Mean cosine of this part over the whole library: its background"],
  ["Adds", "Weighted part of the score: 0 at the background, 1 for a typical best match"],
];

class Why {
  constructor(card) {
    this.card = card;
    this.node = make("div", "details");
    this.node.hidden = true;
    this.node.id = `why-${freshId()}`;
    this.button = iconButton("info", "Why this result");
    attributes(this.button, { "aria-expanded": "false", "aria-controls": this.node.id });
    this.button.addEventListener("click", () => this.toggle());
    this.hits = [];
  }

  toggle() {
    this.node.hidden = !this.node.hidden;
    attributes(this.button, { "aria-expanded": String(!this.node.hidden) });
    this.fill();
  }

  // Drawn only while it is open: a list may hold thousands of hits.
  update(data) {
    this.data = data;
    this.fill();
  }

  fill() {
    if (this.node.hidden || this.drawn === this.data) return;
    this.drawn = this.data;
    const table = make("table");
    const head = make("tr");
    for (const [name, meaning] of COLUMNS) head.append(attributes(make("th", "", name), { scope: "col", title: meaning }));
    table.append(head);
    this.hits = this.data.hits.map((hit) => this.playableHit(hit));
    this.data.hits.forEach((hit, index) => table.append(this.group(hit, this.hits[index])));
    const meaning = `Score ${this.data.score.toFixed(2)}: 0 is the background of your library, 1 a typical best match.`;
    const more = make("button", "text-button", "Explain in full");
    more.type = "button";
    more.addEventListener("click", () => this.card.list.tell("explain", this.card.moment));
    const foot = make("div", "foot");
    foot.append(make("p", "", meaning), more);
    this.node.replaceChildren(table, foot);
    if (this.card.list.marked) this.mark(this.card.list.marked);
  }

  playableHit({ start_s, end_s }) {
    const hit = new Playable(this.card.list, "hit tc");
    const cue = { ...this.card.cue, start_s, end_s };
    hit.point(cue, `Play this hit, ${clock(start_s)} to ${clock(end_s)}`);
    hit.link.append(icon("play"), make("span", "", `${timecode(start_s, cue.frame_rate, cue.counting)} – ${timecode(end_s, cue.frame_rate, cue.counting)}`));
    return hit;
  }

  group(hit, playable) {
    const body = make("tbody");
    const top = make("tr", "hit-row");
    const cell = attributes(make("th"), { colspan: COLUMNS.length, scope: "rowgroup" });
    const step = this.card.list.steps[hit.step];
    cell.append(playable.link, make("span", "", `${step ? `step ${hit.step + 1}, ${step} · ` : ""}score ${hit.score.toFixed(2)}`));
    top.append(cell);
    body.append(top, ...hit.parts.map((part) => this.row(part)));
    return body;
  }

  row([term, place, cosine, usual, value]) {
    const line = make("tr");
    line.append(make("td", "", this.card.list.terms[term] ?? ""), make("td", "", place));
    for (const number of [cosine, usual, value]) line.append(make("td", "tc", decimals(number)));
    return line;
  }

  mark(moment) {
    return this.hits.map((hit) => hit.mark(moment)).some(Boolean);
  }
}
