// Moving the pointer over a still shows its moment in passing: small pictures, how far in, the timecode.

const REST_MS = 80; // A pointer on its way elsewhere fetches nothing.

class Scrub {
  // `shot` is the node that holds the still; the small pictures lie over it.
  constructor(shot) {
    this.shot = shot;
    this.on = false;
    const hear = (name, act) => shot.addEventListener(name, act);
    hear("pointerenter", (event) => this.entered(event));
    hear("pointermove", (event) => this.moved(event));
    hear("pointerleave", () => this.stop());
    hear("pointercancel", () => this.stop());
  }

  // The moment that is scrubbed through, and its film; without one nothing happens.
  update(cue, film) {
    this.cue = cue;
    this.film = film ? new Film(film) : null;
    if (!film) this.stop();
  }

  entered(event) {
    this.x = event.clientX;
    // A finger has no way to hover; it taps.
    if (event.pointerType === "touch" || !this.film) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(), REST_MS);
  }

  moved(event) {
    this.x = event.clientX;
    if (this.on) this.draw();
  }

  begin() {
    this.on = true;
    this.build();
    this.shot.append(this.picture, this.line, this.label);
    this.shot.classList.add("scrubbed");
    this.draw();
  }

  stop() {
    clearTimeout(this.timer);
    if (!this.on) return;
    this.on = false;
    this.shot.classList.remove("scrubbed");
    for (const node of [this.picture, this.line, this.label]) node.remove();
    this.picture.style.backgroundImage = "";
  }

  build() {
    this.picture ??= make("span", "film-picture");
    this.line ??= make("span", "scrub-line");
    this.label ??= make("span", "scrub-time tc");
    cover(this.picture, this.film);
  }

  draw() {
    const { start_s, end_s, frame_rate, counting } = this.cue;
    const box = this.shot.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (this.x - box.left) / box.width));
    const last = Math.max(start_s, end_s - frame_rate[1] / frame_rate[0]);
    const at = Math.min(last, start_s + share * (end_s - start_s));
    this.line.style.width = `${(100 * share).toFixed(2)}%`;
    this.label.textContent = timecode(at, frame_rate, counting);
    this.show(withinMoment(this.film, at, start_s, end_s));
  }

  // The picture before stays until the sheet is there, so that nothing flickers.
  async show(at) {
    const tile = this.film.tile(at);
    if (!tile) return;
    this.wanted = at;
    if (!(await sheetLoaded(tile.link))) return;
    if (this.on && this.wanted === at) this.film.paint(this.picture, at);
  }
}

// Has a picture of the film fill a box of 16 to 9, as the stills do.
function cover(picture, film) {
  picture.dataset.fill = film.aspect > 16 / 9 ? "height" : "width";
}

// The time whose picture stands for `at`: one from before the moment may show another shot.
function withinMoment(film, at, start, end) {
  const tile = film.tile(at);
  const next = tile ? tile.at_s + film.data.interval_s : Infinity;
  return tile && tile.at_s < start && next < end ? next : at;
}

const sheets = new Map(); // What became of each sheet that was asked for, by its link.

function sheetLoaded(link) {
  if (!sheets.has(link)) {
    const image = new Image();
    image.src = link;
    const asked = image.decode().then(
      () => true,
      () => {
        sheets.delete(link); // The next pointer may try again.
        return false;
      },
    );
    sheets.set(link, asked);
  }
  return sheets.get(link);
}
