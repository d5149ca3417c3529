// The bar under the picture: how well each part answers the question, what was found, and where playback stands.

const REST_MS = 60; // A pointer on its way elsewhere fetches no pictures.
const FOUND_PX = 3;
const LOADED_PX = 2;

class Strip {
  // `seek(seconds)` moves the playhead; `look()` says how things stand: {video, duration, rate, counting, playhead}.
  constructor(part, { seek, look, signal }) {
    this.part = part;
    this.seek = seek;
    this.look = look;
    this.data = null;
    this.film = null;
    const on = (node, name, act) => node.addEventListener(name, act, { signal });
    on(part.scrub, "pointerdown", (event) => {
      part.scrub.setPointerCapture(event.pointerId);
      this.seekTo(event);
    });
    on(part.scrub, "pointermove", (event) => {
      if (part.scrub.hasPointerCapture(event.pointerId)) this.seekTo(event);
      this.hover(event);
    });
    for (const name of ["pointerleave", "pointercancel"]) on(part.scrub, name, () => this.leave());
    on(part.video, "progress", () => this.paint());
    this.sizes = new ResizeObserver(() => this.paint());
    this.sizes.observe(part.canvas);
  }

  update(data) {
    this.offered = data;
    this.take();
  }

  // Bars of another video say nothing about this one: until its own arrive, this is a plain bar.
  take() {
    const fits = this.offered && this.offered.video_id === this.look().video;
    const data = fits ? this.offered : null;
    if (JSON.stringify(data) === this.told) return;
    this.told = JSON.stringify(data);
    this.data = data;
    this.film = data?.film ? new Film(data.film) : null;
    const scored = Boolean(data?.bars.length);
    this.part.scrub.dataset.scored = String(scored);
    attributes(this.part.scrub, { "aria-description": scored ? data.label : null });
    this.leave();
    this.paint();
  }

  // Before the file has told its length, what was indexed of it says it nearly as well.
  get duration() {
    return this.look().duration || this.data?.bars.at(-1)?.[1] || 0;
  }

  timeAt(event) {
    const box = this.part.scrub.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * this.duration;
  }

  seekTo(event) {
    if (this.look().duration) this.seek(this.timeAt(event));
  }

  // -- the picture under the pointer --

  hover(event) {
    if (!this.duration) return;
    const { part } = this;
    const seconds = this.timeAt(event);
    const { rate, counting } = this.look();
    const score = this.scoreAt(seconds);
    part.bubble.hidden = false;
    part.bubbleTime.textContent = timecode(seconds, rate, counting);
    part.bubbleScore.textContent = score === null ? "" : score.toFixed(2);
    part.bubblePicture.hidden = !this.film;
    const width = part.scrub.clientWidth;
    const half = part.bubble.offsetWidth / 2;
    const left = Math.max(half, Math.min(width - half, (seconds / this.duration) * width));
    part.bubble.style.left = `${left}px`;
    clearTimeout(this.timer);
    if (this.film) this.timer = setTimeout(() => this.film.paint(part.bubblePicture, seconds), this.rested ? 0 : REST_MS);
    this.rested = true;
  }

  leave() {
    clearTimeout(this.timer);
    this.rested = false;
    this.part.bubble.hidden = true;
    this.part.bubblePicture.style.backgroundImage = "";
  }

  scoreAt(seconds) {
    const here = (this.data?.bars ?? []).filter(([start, end]) => start <= seconds && seconds < end);
    return here.length ? Math.max(...here.map(([, , score]) => score)) : null;
  }

  // -- drawing --

  // Cheap enough for every frame: only what moves. The bars are painted when they change.
  draw() {
    const { part } = this;
    const { playhead } = this.look();
    const { duration } = this;
    const share = (seconds) => (duration ? Math.max(0, Math.min(100, (100 * seconds) / duration)) : 0);
    const position = Math.min(playhead.shown, duration || Infinity);
    part.played.style.width = part.head.style.left = `${share(position)}%`;
    part.region.style.left = `${share(playhead.start)}%`;
    part.region.style.right = duration ? `${100 - share(Math.min(playhead.end, duration))}%` : "100%";
    if (this.painted !== `${duration} ${getComputedStyle(part.canvas).color}`) this.paint();
  }

  paint() {
    const { canvas, video } = this.part;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * ratio));
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const { color } = getComputedStyle(canvas);
    const { duration } = this;
    this.painted = `${duration} ${color}`;
    if (!duration) return;
    context.fillStyle = color;
    const x = (seconds) => Math.round((Math.min(seconds, duration) / duration) * width);
    this.paintBars(context, x, { width, height, ratio });
    context.globalAlpha = 1;
    for (const [start, end] of this.data?.hits ?? []) {
      context.fillRect(x(start), 0, Math.max(2 * ratio, x(end) - x(start) - ratio), FOUND_PX * ratio);
    }
    context.globalAlpha = 0.35;
    for (let index = 0; index < video.buffered.length; index++) {
      const from = x(video.buffered.start(index));
      context.fillRect(from, height - LOADED_PX * ratio, x(video.buffered.end(index)) - from, LOADED_PX * ratio);
    }
  }

  // Column by column, each as high as the best that lies on it: segments may overlap, and be narrower than a pixel.
  paintBars(context, x, { width, height, ratio }) {
    const bars = this.data?.bars ?? [];
    const columns = new Float32Array(width);
    for (const [start, end, score] of bars) {
      const [from, to] = [x(start), x(end)];
      const after = to - from > 4 * ratio ? to - ratio : Math.max(to, from + 1);
      for (let column = from; column < after && column < width; column++) {
        columns[column] = Math.max(columns[column], score, Number.MIN_VALUE);
      }
    }
    const top = bars.reduce((most, [, , score]) => Math.max(most, score), 1);
    const room = height - (FOUND_PX + LOADED_PX + 2) * ratio;
    for (let column = 0; column < width; column++) {
      if (!columns[column]) continue;
      const share = Math.min(1, columns[column] / top);
      const tall = Math.max(ratio, Math.round(share * room));
      context.globalAlpha = 0.22 + 0.68 * share;
      context.fillRect(column, height - LOADED_PX * ratio - tall, 1, tall);
    }
  }

  close() {
    clearTimeout(this.timer);
    this.sizes.disconnect();
  }
}
