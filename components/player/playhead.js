// Where playback stands: the moment [start, end), what happens at its end, frame steps and shuttling.

const SETTLE_S = 0.001; // A hair inside the frame: times are whole milliseconds, frames begin between them.
const SPEEDS = [1, 2, 4, 8];

class Playhead {
  constructor(video, changed) {
    this.video = video;
    this.changed = changed;
    this.rate = [25, 1];
    this.start = 0;
    this.end = Infinity;
    this.mode = "stop";
    this.armed = false; // Inside the moment: its end counts.
    this.frame = null; // When the frame on screen begins, as the browser reported it.
    this.asked = null; // When the frame begins that a step is on its way to.
    this.intends = false; // Somebody wants it to play; true also while it cannot.
    this.reverse = 0; // Speed of backward shuttling, 0 when not.
    this.wanted = null; // A seek that waits for the one under way.
    this.onFrame = this.onFrame.bind(this);
    this.onTick = this.onTick.bind(this);
    this.watch();
    this.off = new AbortController();
    const on = (name, act) => video.addEventListener(name, act, { signal: this.off.signal });
    on("play", () => this.tick());
    on("ended", () => this.reachedEnd());
    on("seeked", () => this.seeked());
    // Where the tab is hidden there are no frames to watch, but the sound plays on.
    on("timeupdate", () => this.checkEnd());
    for (const name of ["play", "pause", "timeupdate", "durationchange", "ratechange", "volumechange"]) on(name, this.changed);
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

  get bounded() {
    return this.armed && this.mode !== "play_on" && Number.isFinite(this.end);
  }

  // What the timecode says: the frame on the screen, as exactly as it is known.
  get shown() {
    return this.asked ?? this.frame ?? this.position;
  }

  get position() {
    return this.wanted ?? this.video.currentTime;
  }

  cue(start, end, rate) {
    this.halt();
    [this.start, this.end, this.rate, this.wanted] = [start, end, rate, null];
    this.seek(start + SETTLE_S);
  }

  seek(seconds) {
    const last = Number.isFinite(this.video.duration) ? this.video.duration - this.frameS / 2 : seconds;
    const target = Math.max(0, Math.min(seconds, last));
    this.armed = target >= this.start - SETTLE_S && target < this.end;
    // One seek at a time, and always the newest: a drag asks for far more than can be decoded.
    if (this.video.seeking && this.video.readyState > 0) this.wanted = target;
    else this.video.currentTime = target;
    this.frame = this.asked = null;
    this.changed();
  }

  seeked() {
    if (this.wanted === null) return this.changed();
    const target = this.wanted;
    this.wanted = null;
    this.video.currentTime = target;
    this.changed();
  }

  play() {
    this.stopReverse();
    this.intends = true;
    const atEnd = this.armed && this.position >= this.end - this.frameS * 1.01;
    if ((this.mode !== "play_on" && atEnd) || this.video.ended) this.seek(this.start + SETTLE_S);
    return this.video.play();
  }

  halt() {
    this.stopReverse();
    this.intends = false;
    this.video.pause();
    this.video.playbackRate = 1;
  }

  step(count) {
    this.halt();
    // From the frame that is shown to the middle of its neighbour, so that rounding never stays on it.
    const shown = this.asked ?? this.frame ?? this.frameBegin(this.position);
    const target = Math.max(0, shown + count * this.frameS);
    this.seek(target + this.frameS / 2);
    this.asked = target;
    this.changed();
  }

  frameBegin(seconds) {
    return frameAt(seconds, this.rate) * this.frameS;
  }

  forward() {
    if (!this.playing || this.reverse) return this.play();
    const next = SPEEDS[SPEEDS.indexOf(this.video.playbackRate) + 1] ?? SPEEDS.at(-1);
    this.video.playbackRate = next;
    return Promise.resolve();
  }

  // Browsers cannot play backwards: J steps back through the pictures at that speed, without sound.
  backward() {
    if (this.reverse) {
      this.reverse = SPEEDS[SPEEDS.indexOf(this.reverse) + 1] ?? SPEEDS.at(-1);
    } else {
      this.halt();
      this.reverse = 1;
      this.reversedAt = performance.now();
      this.reversing = requestAnimationFrame((now) => this.reverseTick(now));
    }
    this.changed();
  }

  reverseTick(now) {
    if (!this.reverse) return;
    if (!this.settling) {
      const target = this.video.currentTime - ((now - this.reversedAt) / 1000) * this.reverse;
      this.reversedAt = now;
      this.seek(target);
      if (target <= 0) return this.halt();
    }
    this.reversing = requestAnimationFrame((later) => this.reverseTick(later));
  }

  stopReverse() {
    this.reverse = 0;
    cancelAnimationFrame(this.reversing);
  }

  // -- the end of the moment --

  onFrame(_now, shown) {
    this.frame = shown.mediaTime;
    if (!this.settling) this.asked = null;
    const next = shown.mediaTime + this.frameS * Math.max(1, this.video.playbackRate);
    // A frame from before a seek may still come in; it decides nothing.
    const counts = this.playing && this.bounded && !this.settling;
    if (counts && next >= this.end - SETTLE_S) this.reachedEnd();
    this.changed();
    this.watch();
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
    const end = Math.min(this.end, this.video.duration || this.end);
    this.seek(Math.max(this.start, end - this.frameS / 2));
  }

  close() {
    this.off.abort();
    this.halt();
    this.video.cancelVideoFrameCallback?.(this.watching);
    cancelAnimationFrame(this.ticking);
  }
}
