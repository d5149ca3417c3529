// The frame of the point under the pointer, beside it: painted from sheets that are there already.

const BESIDE = 18;

class HoverFrame {
  constructor(parent) {
    this.box = make("div", "cuepoint hover-frame");
    this.box.hidden = true;
    this.picture = make("span", "picture");
    this.title = make("span", "title");
    this.time = make("span", "tc");
    this.box.append(this.picture, this.title, this.time);
    parent.append(this.box);
    this.off = new AbortController();
    // The chart may be drawn anew at any time; whoever points at it finds the one that is there now.
    document.addEventListener("pointermove", (event) => this.moved(event), { signal: this.off.signal, passive: true });
    window.addEventListener("scroll", () => this.hide(), { signal: this.off.signal, capture: true, passive: true });
  }

  update({ chart, titles, films, cues }, send) {
    this.send = send;
    this.cues = cues;
    this.chart = chart;
    this.titles = titles;
    this.films = films.map((film) => (film ? new Film(film) : null));
  }

  moved(event) {
    const graph = event.target.closest?.(`.st-key-${this.chart} .js-plotly-plot`);
    if (!graph) return this.hide();
    if (graph === this.graph || !graph.on) return;
    this.graph = graph;
    graph.on("plotly_hover", (found) => this.show(found));
    graph.on("plotly_unhover", () => this.hide());
    graph.on("plotly_click", ({ points }) => this.click(points[0]?.customdata));
  }

  // Plays at once where the video's cue is at hand; Python hears of it, and knows the way where it is not.
  click(told) {
    if (!told) return;
    const [row, video, start_s, end_s] = told;
    const cue = this.cues[video];
    const nonce = cue ? playMoment({ ...cue, start_s, end_s }) : freshId();
    this.send("clicked", { row, nonce, played: Boolean(cue) });
  }

  show({ points, event }) {
    const told = points[0]?.customdata;
    if (!told) return;
    const [, video, start_s, end_s] = told;
    const at = (start_s + end_s) / 2;
    this.title.textContent = this.titles[video] ?? "";
    this.time.textContent = clock(at);
    this.picture.hidden = !this.films[video]?.paint(this.picture, at);
    this.box.hidden = false;
    const { width, height } = this.box.getBoundingClientRect();
    const left = event.clientX + BESIDE + width > window.innerWidth ? event.clientX - BESIDE - width : event.clientX + BESIDE;
    const top = Math.min(Math.max(8, event.clientY - height / 2), window.innerHeight - height - 8);
    Object.assign(this.box.style, { left: `${Math.max(8, left)}px`, top: `${top}px` });
  }

  hide() {
    this.box.hidden = true;
  }

  close() {
    this.off.abort();
    this.box.remove();
  }
}

export default onPage((parent) => new HoverFrame(parent));
