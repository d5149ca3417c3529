// Something that plays a moment when it is chosen: a link, so that it also opens in a tab of its own.

const BANDS = { strong: "Strong match", possible: "Possible match", weak: "Weak match" };

class Playable {
  constructor(list, className) {
    this.list = list;
    this.link = make("a", className);
    this.link.addEventListener("click", (event) => this.clicked(event));
  }

  point(cue, label) {
    this.cue = cue;
    this.link.href = this.address();
    attributes(this.link, { "aria-label": label });
  }

  get moment() {
    const { video_id, start_s, end_s } = this.cue;
    return { video_id, start_s, end_s };
  }

  // The link of this moment, for a new tab or for somebody else; a plain click stays on the page.
  address() {
    const url = new URL(window.location.href);
    const { video_id, start_s, end_s } = this.moment;
    url.searchParams.set("at", `${video_id}@${start_s.toFixed(3)}-${end_s.toFixed(3)}`);
    return url.href;
  }

  clicked(event) {
    this.link.href = this.address();
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button > 0) return;
    event.preventDefault();
    this.list.play(this.cue);
  }

  mark(moment) {
    const same = sameMoment(this.cue, moment);
    attributes(this.link, { "aria-current": same ? "true" : null });
    return same;
  }
}

// A picture whose place is kept while it loads, and where it is missing.
function still(className = "shot") {
  const shot = make("span", className);
  const image = attributes(make("img"), { alt: "", loading: "lazy", decoding: "async", width: 320, height: 180 });
  image.addEventListener("error", () => image.classList.add("gone"));
  image.addEventListener("load", () => image.classList.remove("gone"));
  shot.append(image);
  return { shot, image, show: (src) => image.getAttribute("src") !== src && attributes(image, { src }) };
}

// A small picture with its time: one of the similar ones, or one moment of a video.
class Tile extends Playable {
  constructor(list, { titled }) {
    super(list, "tile");
    this.titled = titled;
    this.node = make("li");
    this.still = still();
    this.scrub = new Scrub(this.still.shot);
    this.title = make("span", "title");
    this.band = make("span", "band tc");
    this.link.append(this.still.shot, ...(titled ? [this.title] : []), this.band);
    this.node.append(this.link);
  }

  update({ cue, band, film }) {
    this.point(cue, `Play ${cue.title}, ${clock(cue.start_s)} to ${clock(cue.end_s)}, ${BANDS[band]}`);
    this.still.show(cue.poster);
    this.scrub.update(cue, film);
    this.title.textContent = cue.title;
    this.band.textContent = `${clock(cue.start_s)} – ${clock(cue.end_s)}`;
    this.band.dataset.band = band;
    attributes(this.link, { title: `${cue.title}: ${BANDS[band]}` });
  }
}
