// One result card: built once, then kept while the same moment stays in the list.

class Card extends Playable {
  constructor(list) {
    super(list, "play");
    this.node = make("li", "card");
    this.still = still();
    this.length = make("span", "length");
    this.still.shot.append(this.length);
    this.scrub = new Scrub(this.still.shot);
    this.title = make("span", "title");
    this.times = make("span", "times tc");
    this.band = make("span", "band");
    this.facts = make("span", "facts");
    const words = make("span", "words");
    words.append(this.title, this.times, this.facts);
    this.link.append(this.still.shot, words);
    this.why = new Why(this);
    this.similar = new Similar(this);
    this.more = make("button", "text-button small more");
    this.more.type = "button";
    this.more.addEventListener("click", () => this.list.tell("more", { video_id: this.cue.video_id }));
    const head = make("div", "head");
    head.append(this.link, this.actions());
    this.node.append(head, this.similar.node, this.why.node, this.more);
  }

  actions() {
    const box = make("div", "actions");
    const ask = (name, label, trigger) => {
      const button = iconButton(name, label);
      button.addEventListener("click", () => this.list.tell(trigger, this.moment));
      return button;
    };
    const keep = make("button", "text-button small keep");
    attributes(keep, { type: "button", "aria-label": "Keep", title: "Keep this moment in the shot list" });
    keep.append(icon("keep"), make("span", "", "Keep"));
    keep.addEventListener("click", () => this.list.tell("keep", this.moment));
    box.append(
      keep,
      ask("plus", "More like this", "more_like"),
      ask("minus", "Less like this", "less_like"),
      ask("similar", "Search with this moment as a sample", "sample"),
      ask("open", "Open this video", "open"),
      this.why.button,
      this.similar.button,
    );
    return box;
  }

  get players() {
    return [this];
  }

  update(data) {
    const { cue, band, parts, steps, film } = data;
    const found = steps.length ? stepWords(steps) : parts.map(partWords).join(", ");
    const label = `Play ${cue.title}, ${clock(cue.start_s)} to ${clock(cue.end_s)}, ${BANDS[band]}`;
    this.point(cue, found ? `${label}: ${found}` : label);
    this.title.textContent = cue.title;
    this.times.textContent = `${timecode(cue.start_s, cue.frame_rate, cue.counting)} – ${timecode(cue.end_s, cue.frame_rate, cue.counting)}`;
    this.length.textContent = `${(cue.end_s - cue.start_s).toFixed(1)} s`;
    this.band.textContent = BANDS[band];
    this.band.dataset.band = band;
    this.still.show(cue.poster);
    this.scrub.update(cue, film);
    this.facts.replaceChildren(this.band, ...stepList(steps), ...partBars(parts, this.list.scale));
    this.more.hidden = !data.more;
    this.more.textContent = `Show ${data.more} more in this video`;
    this.similar.update(data.similar);
    this.why.update(data);
  }

  // True where the moment is this card's, one of its hits, or one of those like it.
  mark(moment) {
    const own = super.mark(moment);
    const inside = [this.similar.mark(moment), this.why.mark(moment)].some(Boolean);
    return own || inside;
  }
}
