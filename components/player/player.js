// The persistent player: holds its parts together, hears the other components, tells Python little.

class Player {
  constructor(parent) {
    this.part = {};
    for (const node of parent.querySelectorAll("[data-part]")) this.part[node.dataset.part] = node;
    const { part } = this;
    this.nonce = null;
    this.left = new Set(); // Cues that were chosen here, and left for another one.
    this.counting = [0, false];
    this.off = new AbortController();
    const { signal } = this.off;
    this.playhead = new Playhead(part.video, () => this.draw());
    this.playhead.mode = remembered("cuepoint.mode", "stop");
    this.source = new Source(part.video, this.playhead, {
      renew: ({ video_id, start_s, end_s, nonce }) => this.send?.("expired", { video_id, start_s, end_s, nonce }),
      show: (sentence, canRetry) => this.notice(sentence, canRetry),
    });
    const focusBack = () => part.root.focus({ preventScroll: true });
    this.sheet = new KeySheet(part.sheet);
    this.sound = new Sound(part, this.playhead, { changed: () => this.draw(), focusBack, signal });
    this.controls = new Controls(part, this.playhead, { choose: (mode) => this.choose(mode), signal });
    this.strip = new Strip(part, { seek: (seconds) => this.playhead.toFrameAt(seconds), look: () => this.look(), signal });
    part.root.dataset.empty = "true";
    this.listen(focusBack);
    this.draw();
  }

  listen(focusBack) {
    const { part, playhead } = this;
    const { signal } = this.off;
    const on = (node, name, act) => node.addEventListener(name, act, { signal });
    // Asked by what needs the playhead; the answer is written into the question.
    on(window, "cuepoint:where", ({ detail }) => Object.assign(detail, { at_s: this.playhead.position }));
    on(window, "cuepoint:play", (event) => {
      event.preventDefault(); // Tells the sender that somebody plays it.
      this.open(event.detail, true);
    });
    for (const node of [part.toggle, part.video, part.bigPlay]) on(node, "click", () => this.toggle());
    on(part.back, "click", () => playhead.step(-1));
    on(part.forward, "click", () => playhead.step(1));
    on(part.markIn, "click", () => playhead.marks.setIn());
    on(part.markOut, "click", () => playhead.marks.setOut());
    on(part.resetMarks, "click", () => playhead.marks.reset());
    on(part.through, "click", () => playhead.playInToOut().catch(() => {}));
    on(part.keep, "click", () => this.keep());
    on(part.retry, "click", () => this.source.retry());
    on(part.full, "click", () => this.fullscreen());
    on(part.help, "click", () => this.sheet.open());
    // After a press with the pointer the keys stay the player's: Space plays, it does not press that button again.
    on(part.root, "mousedown", (event) => {
      if (!event.target.closest("button") || part.sheet.contains(event.target)) return;
      event.preventDefault();
      focusBack();
    });
    listenForKeys(this, part.root, signal);
  }

  get duration() {
    return Number.isFinite(this.part.video.duration) ? this.part.video.duration : 0;
  }

  get empty() {
    return this.part.root.dataset.empty === "true";
  }

  look() {
    const { duration, counting, playhead } = this;
    return { video: this.source.cue?.video_id ?? null, duration, counting, rate: playhead.rate, playhead };
  }

  // Python's view: a cue is acted on once, whatever else makes the page run again.
  update(data, send) {
    this.send = send;
    this.keepLabel = data?.keep ?? null;
    this.take(data?.cue);
    this.strip.update(data?.strip ?? null);
    this.draw();
  }

  take(cue) {
    if (!cue) return;
    if (cue.nonce === this.nonce) return this.source.refresh(cue);
    // Who steps quickly is ahead of Python: its answer to an earlier press is no news.
    if (this.left.has(cue.nonce)) return;
    if (!cue.auto) return this.open(cue, false);
    // A suggestion (the best result of a search) is made once, and never interrupts what is playing.
    const news = cue.nonce !== this.suggested && !this.playhead.playing;
    this.suggested = cue.nonce;
    if (news) this.open(cue, false);
  }

  open(cue, play) {
    if (this.chosen) this.left.add(this.nonce);
    [this.nonce, this.chosen] = [cue.nonce, play];
    this.counting = cue.counting ?? [0, isDropFrame(cue.frame_rate)];
    this.part.root.dataset.empty = "false";
    this.source.open(cue, play);
    this.part.title.textContent = cue.title;
    this.strip.take();
    this.draw();
    // Kept as well: a list that is drawn after the player marks its card too.
    window.cuepointCued = { video_id: cue.video_id, start_s: cue.start_s, end_s: cue.end_s };
    window.dispatchEvent(new CustomEvent("cuepoint:cued", { detail: window.cuepointCued }));
  }

  toggle() {
    if (this.playhead.playing || this.playhead.reverse) this.playhead.halt();
    else this.source.start();
    this.draw();
  }

  choose(mode) {
    if (!mode) return;
    this.playhead.mode = mode;
    remember("cuepoint.mode", mode);
    this.draw();
  }

  // Python is given the marks as they stand; where the page keeps nothing, the key does nothing.
  keep() {
    const { playhead, source } = this;
    if (!this.keepLabel || !source.cue) return;
    const end = Math.min(playhead.end, playhead.fileEnd);
    this.send?.("keep", { video_id: source.cue.video_id, start_s: playhead.start, end_s: end });
  }

  fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.part.root.requestFullscreen?.().catch(() => {});
  }

  notice(sentence, canRetry = false) {
    this.part.notice.hidden = !sentence;
    this.part.noticeText.textContent = sentence ?? "";
    this.part.retry.hidden = !canRetry;
  }

  draw() {
    if (!this.strip) return;
    const { playhead, duration, counting, empty } = this;
    const position = Math.min(playhead.shown, duration || Infinity);
    this.strip.draw();
    this.controls.draw({ empty, duration, position, counting, keep: this.keepLabel });
    this.sound.draw(Boolean(this.source.cue?.subtitles));
    this.part.root.dataset.state = this.state();
  }

  // How things stand, for whoever looks at the page from outside.
  state() {
    const { playhead, part } = this;
    return JSON.stringify({
      video: this.source.cue?.video_id ?? null,
      in: playhead.start,
      out: Number.isFinite(playhead.end) ? playhead.end : null,
      frame: frameAt(playhead.shown, playhead.rate),
      settled: !playhead.settling && part.video.readyState >= 2,
      playing: playhead.playing,
      reverse: playhead.reverse,
      mode: playhead.mode,
      speed: playhead.speed,
      shuttle: playhead.shuttle,
      muted: part.video.muted,
      captions: this.sound.showing,
    });
  }

  close() {
    window.cuepointCued = null;
    this.off.abort();
    this.strip.close();
    this.controls.close();
    this.playhead.close();
    this.source.close();
  }
}

export default onPage((parent) => {
  const player = new Player(parent);
  // A moment that was chosen before there was a player.
  if (window.cuepointPending) player.open(window.cuepointPending, true);
  window.cuepointPending = null;
  return player;
});
