// Where playback stands: the moment [start, end), what happens at its end, frame steps and shuttling.

const SETTLE_S = 0.001; // A hair inside the frame: times are whole milliseconds, frames begin between them.
const SHUTTLE = [1, 2, 4, 8]; // What pressing L or J again makes of the speed.
const FASTEST = 16; // No browser plays faster.

class Playhead {
  constructor(video, changed) {
    this.video = video;
    this.changed = changed;
    this.rate = [25, 1];
    this.marks = new Marks(this);
    this.speed = 1; // What was chosen; shuttling multiplies it.
    this.shuttle = 1;
    this.mode = "stop";
    this.armed = false; // Inside the moment: its end counts.
    this.through = false; // Playing from In to Out, which ends at Out in every mode.
    this.frame = null; // When the frame on screen begins, as the browser reported it.
    this.asked = null; // When the frame begins that a step is on its way to.
    this.intends = false; // Somebody wants it to play; true also while it cannot.
    this.backwards = new Reverse(this);
    this.wanted = null; // A seek that waits for the one under way.
    this.onFrame = this.onFrame.bind(this);
    this.onTick = this.onTick.bind(this);
    this.watch();
    this.off = new AbortController();
    const on = (name, act) => video.addEventListener(name, act, { signal: this.off.signal });
    on("play", () => this.tick());
    // A seek to the last frame ends the film for the browser too.
    on("ended", () => (this.intends ? this.reachedEnd() : this.changed()));
    on("seeked", () => this.seeked());
    // Where the tab is hidden there are no frames to watch, but the sound plays on.
    on("timeupdate", () => this.checkEnd());
    for (const name of ["play", "pause", "loadeddata", "canplay", "canplaythrough", "timeupdate", "durationchange", "ratechange", "volumechange"]) on(name, this.changed);
  }

  get frameS() {
    return this.rate[1] / this.rate[0];
  }

  get playing() {
    return !this.video.paused && !this.video.ended;
  }

  // A seek is under way or waits for its turn: what is on the screen is not where we are.
  get settling() {
    return this.video.seeking || this.wanted !== null;
  }

  get reverse() {
    return this.backwards.factor;
  }

  get start() {
    return this.marks.start;
  }

  get end() {
    return this.marks.end;
  }

  get bounded() {
    return this.armed && (this.mode !== "play_on" || this.through) && Number.isFinite(this.end);
  }

  get fileEnd() {
    return Number.isFinite(this.video.duration) ? this.video.duration : this.marks.given[1];
  }

  // The frame on the screen. At its end the file's length is no frame any more.
  get shown() {
    return Math.min(this.asked ?? this.frame ?? this.position, Math.max(0, this.fileEnd - this.frameS / 2));
  }

  get position() {
    return this.wanted ?? this.video.currentTime;
  }

  cue(start, end, rate) {
    this.halt();
    this.marks.open(start, end);
    [this.rate, this.wanted] = [rate, null];
    this.seek(start + SETTLE_S);
  }

  get shownBegin() {
    return this.frameBegin(this.shown);
  }

  toIn() {
    this.seek(this.start + SETTLE_S);
  }

  // The last frame of which some is inside: Out itself is the one after it.
  toOut() {
    const last = Math.ceil((Math.min(this.end, this.fileEnd) - SETTLE_S) / this.frameS) - 1;
    this.seek(Math.max(this.start + SETTLE_S, (last + 0.5) * this.frameS));
  }

  playInToOut() {
    this.halt();
    this.toIn();
    this.through = true;
    return this.play();
  }

  within(seconds) {
    return seconds >= this.start - SETTLE_S && seconds < this.end;
  }

  seek(seconds) {
    const last = Number.isFinite(this.video.duration) ? this.video.duration - this.frameS / 2 : seconds;
    const target = Math.max(0, Math.min(seconds, last));
    this.armed = this.within(target);
    // One at a time, and always the newest. A seek is over before its event comes, so what waited for that is overtaken.
    this.wanted = this.video.seeking && this.video.readyState > 0 ? target : null;
    if (this.wanted === null) this.video.currentTime = target;
    this.frame = this.asked = null;
    this.changed();
  }

  seeked() {
    if (this.wanted !== null) this.video.currentTime = this.wanted;
    this.wanted = null;
    this.changed();
  }

  play() {
    this.backwards.stop();
    this.intends = true;
    const atEnd = this.armed && this.position >= this.end - this.frameS * 1.01;
    if ((this.mode !== "play_on" && atEnd) || this.video.ended) this.seek(this.start + SETTLE_S);
    return this.video.play();
  }

  halt() {
    this.backwards.stop();
    this.intends = false;
    this.through = false;
    this.video.pause();
    this.setShuttle(1);
    this.changed(); // The browser says nothing where it was paused already.
  }

  setShuttle(factor) {
    this.shuttle = factor;
    this.video.playbackRate = Math.min(FASTEST, this.speed * factor);
  }

  setSpeed(speed) {
    this.speed = speed;
    // A file that is loaded later begins with the default.
    this.video.defaultPlaybackRate = speed;
    this.setShuttle(this.shuttle);
  }

  // To the frame on screen at a time; its middle, so that rounding never shows a neighbour.
  toFrameAt(seconds) {
    this.seek(this.frameBegin(Math.max(0, seconds)) + this.frameS / 2);
  }

  move(seconds) {
    this.seek(Math.max(0, this.shownBegin + this.frameS / 2 + seconds));
  }

  step(count) {
    this.halt();
    // From the frame that is shown to the middle of its neighbour, so that rounding never stays on it.
    const shown = this.asked ?? this.frame ?? this.shownBegin;
    const last = this.frameBegin(this.fileEnd - this.frameS / 2);
    const target = Math.max(0, Math.min(last, shown + count * this.frameS));
    this.seek(target + this.frameS / 2);
    this.asked = target;
    this.changed();
  }

  frameBegin(seconds) {
    return frameAt(seconds, this.rate) * this.frameS;
  }

  forward() {
    if (!this.playing || this.reverse) return this.play();
    this.setShuttle(faster(this.shuttle));
    return Promise.resolve(this.changed());
  }

  backward() {
    if (!this.backwards.factor) this.halt();
    this.backwards.run();
  }

  // -- the end of the moment --

  onFrame(_now, shown) {
    this.watch();
    // A frame from before a seek may still come in: it is not where we are, and decides nothing.
    const late = !this.playing && Math.abs(this.position - shown.mediaTime) > 1.5 * this.frameS;
    if (!this.settling && !late) {
      this.frame = shown.mediaTime;
      this.asked = null;
      const next = shown.mediaTime + this.frameS * Math.max(1, this.video.playbackRate);
      if (this.playing && this.bounded && next >= this.end - SETTLE_S) this.reachedEnd();
    }
    this.changed();
  }

  // Browsers without frame callbacks have only the ticks below; they may show a frame too many.
  watch() {
    this.watching = this.video.requestVideoFrameCallback?.(this.onFrame);
  }

  tick() {
    cancelAnimationFrame(this.ticking);
    this.ticking = requestAnimationFrame(this.onTick);
  }

  onTick() {
    if (!this.playing) return;
    this.checkEnd();
    this.tick();
  }

  checkEnd() {
    const counts = this.playing && this.bounded && !this.settling;
    if (counts && this.video.currentTime >= this.end - SETTLE_S) this.reachedEnd();
  }

  reachedEnd() {
    if (!this.bounded) return this.changed();
    if (this.mode === "loop") {
      this.seek(this.start + SETTLE_S);
      if (!this.playing) this.video.play().catch(() => this.changed());
      return;
    }
    this.halt();
    // Half-open: the last frame shown is the one before Out, even where one more slipped through.
    this.toOut();
  }

  close() {
    this.off.abort();
    this.halt();
    this.video.cancelVideoFrameCallback?.(this.watching);
    cancelAnimationFrame(this.ticking);
  }
}

function faster(factor) {
  return SHUTTLE[SHUTTLE.indexOf(factor) + 1] ?? SHUTTLE.at(-1);
}
