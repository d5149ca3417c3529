// One segment in the filmstrip: its picture, when it begins, and how well it matches.

class Frame {
  constructor(strip, start, end, image) {
    this.strip = strip;
    this.image = image;
    this.current = false;
    this.hit = false;
    const { cue } = strip;
    this.cue = { ...cue, start_s: start, end_s: end, nonce: `${cue.video_id}@${start.toFixed(3)}-${end.toFixed(3)}` };
    const begins = timecode(start, cue.frame_rate, cue.counting);
    this.node = make("li");
    this.button = attributes(make("button", "frame"), { type: "button", "aria-label": `Play ${begins}` });
    this.shot = make("span", "shot");
    this.level = make("span", "level");
    this.shot.append(this.level);
    this.button.append(this.shot, make("span", "begins tc", begins));
    this.node.append(this.button);
  }

  rate([, , level, hit]) {
    this.hit = Boolean(hit);
    this.level.style.width = `${Math.round(100 * Math.max(0, Math.min(1, level)))}%`;
    this.node.dataset.hit = String(this.hit);
  }

  setCurrent(current) {
    this.current = current;
    attributes(this.button, { "aria-current": current ? "true" : null });
  }

  paint(film) {
    if (film) return this.paintFilm(film);
    if (!this.image) return;
    const still = attributes(make("img"), { alt: "", decoding: "async", width: 320, height: 180, src: this.image });
    still.addEventListener("error", () => still.remove());
    this.shot.prepend(still);
  }

  paintFilm(film) {
    const picture = make("span", "film-picture");
    const { start_s, end_s } = this.cue;
    cover(picture, film);
    film.paint(picture, withinMoment(film, (start_s + end_s) / 2, start_s, end_s));
    this.shot.prepend(picture);
    new Scrub(this.shot).update(this.cue, film.data);
  }
}
