// One result card: built once, then kept while the same moment stays in the list.

const BANDS = { strong: "Strong match", possible: "Possible match", weak: "Weak match" };

class Card {
  constructor(list) {
    this.list = list;
    this.node = make("li", "card");
    this.link = make("a", "play");
    this.shot = make("span", "shot");
    this.image = attributes(make("img"), { alt: "", loading: "lazy", decoding: "async", width: 320, height: 180 });
    this.image.addEventListener("error", () => this.image.classList.add("gone"));
    this.image.addEventListener("load", () => this.image.classList.remove("gone"));
    this.length = make("span", "length");
    this.shot.append(this.image, this.length);
    this.title = make("span", "title");
    this.times = make("span", "times tc");
    this.band = make("span", "band");
    const words = make("span", "words");
    words.append(this.title, this.times, this.band);
    this.link.append(this.shot, words);
    this.more = make("button", "text-button more");
    this.more.type = "button";
    this.node.append(this.link, this.actions(), this.detailsBox(), this.more);
    this.link.addEventListener("click", (event) => this.clicked(event));
    this.more.addEventListener("click", () => this.list.tell("more", { video_id: this.data.cue.video_id }));
  }

  actions() {
    const box = make("div", "actions");
    const similar = iconButton("similar", "Search with this moment as a sample");
    const open = iconButton("open", "Open this video");
    this.info = iconButton("info", "Why this result");
    similar.addEventListener("click", () => this.list.tell("sample", this.moment()));
    open.addEventListener("click", () => this.list.tell("open", this.moment()));
    this.info.addEventListener("click", () => this.toggleDetails());
    box.append(similar, open, this.info);
    return box;
  }

  detailsBox() {
    this.details = make("div", "details");
    this.details.hidden = true;
    this.details.id = `why-${freshId()}`;
    attributes(this.info, { "aria-expanded": "false", "aria-controls": this.details.id });
    return this.details;
  }

  moment() {
    const { video_id, start_s, end_s } = this.data.cue;
    return { video_id, start_s, end_s };
  }

  update(data) {
    this.data = data;
    const { cue } = data;
    this.title.textContent = cue.title;
    this.times.textContent = `${timecode(cue.start_s, cue.frame_rate)} – ${timecode(cue.end_s, cue.frame_rate)}`;
    this.length.textContent = `${(cue.end_s - cue.start_s).toFixed(1)} s`;
    this.band.textContent = BANDS[data.band];
    this.band.dataset.band = data.band;
    if (this.image.getAttribute("src") !== cue.poster) this.image.src = cue.poster;
    this.link.href = this.address();
    attributes(this.link, { "aria-label": `Play ${cue.title}, ${clock(cue.start_s)} to ${clock(cue.end_s)}, ${BANDS[data.band]}` });
    this.more.hidden = !data.more;
    this.more.textContent = `Show ${data.more} more in this video`;
    this.fillDetails(data.details);
  }

  // The link of this moment, for a new tab or for somebody else; a plain click stays on the page.
  address() {
    const url = new URL(window.location.href);
    const { video_id, start_s, end_s } = this.moment();
    url.searchParams.set("at", `${video_id}@${start_s.toFixed(3)}-${end_s.toFixed(3)}`);
    return url.href;
  }

  clicked(event) {
    this.link.href = this.address();
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button > 0) return;
    event.preventDefault();
    this.list.play(this);
  }

  toggleDetails() {
    this.details.hidden = !this.details.hidden;
    attributes(this.info, { "aria-expanded": String(!this.details.hidden) });
  }

  fillDetails(rows) {
    const table = make("table");
    const head = make("tr");
    for (const name of ["Part of the query", "Found in", "Cosine", "Usual", "Adds"]) head.append(attributes(make("th", "", name), { scope: "col" }));
    table.append(head);
    for (const row of rows) {
      const line = make("tr");
      line.append(make("td", "", row.term), make("td", "", row.modality));
      for (const value of [row.cosine, row.background, row.value]) line.append(make("td", "tc", decimals(value)));
      table.append(line);
    }
    this.details.replaceChildren(table, make("p", "", `Score ${this.data.score.toFixed(2)}: 0 is the background of your library, 1 a typical best match.`));
  }
}

// Three decimals, and no minus before a zero.
function decimals(value) {
  return (Math.round(value * 1000) / 1000 + 0).toFixed(3);
}
