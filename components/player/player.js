// The persistent player: draws itself from the playhead, hears the other components, tells Python little.

class Player {
  constructor(parent) {
    this.part = {};
    for (const node of parent.querySelectorAll("[data-part]")) this.part[node.dataset.part] = node;
    const { video } = this.part;
    this.nonce = null;
    this.off = new AbortController();
    this.playhead = new Playhead(video, () => this.draw());
    this.source = new Source(video, this.playhead, {
      renew: ({ video_id, start_s, end_s, nonce }) => this.send?.("expired", { video_id, start_s, end_s, nonce }),
      show: (sentence, canRetry) => this.notice(sentence, canRetry),
    });
    this.playhead.mode = remembered("cuepoint.mode", "stop");
    video.muted = remembered("cuepoint.muted", "no") === "yes";
    this.listen(video);
    this.part.root.dataset.empty = "true";
    this.draw();
  }

  listen(video) {
    const { signal } = this.off;
    const on = (node, name, act) => node.addEventListener(name, act, { signal });
    on(window, "cuepoint:play", (event) => {
      event.preventDefault(); // Tells the sender that somebody plays it.
      this.open(event.detail, true);
    });
    const toggle = () => (this.playhead.playing || this.playhead.reverse ? this.playhead.halt() : this.source.start());
    on(this.part.toggle, "click", toggle);
    on(video, "click", toggle);
    on(this.part.bigPlay, "click", toggle);
    on(this.part.back, "click", () => this.playhead.step(-1));
    on(this.part.forward, "click", () => this.playhead.step(1));
    on(this.part.retry, "click", () => this.source.retry());
    on(this.part.full, "click", () => this.fullscreen());
    on(this.part.sound, "click", () => {
      video.muted = !video.muted;
      remember("cuepoint.muted", video.muted ? "yes" : "no");
    });
    on(this.part.captions, "click", () => this.toggleCaptions());
    on(this.part.modes, "click", (event) => this.choose(event.target.closest("[data-mode]")?.dataset.mode));
    on(this.part.modes, "keydown", (event) => this.moveMode(event));
    this.listenToScrub(on);
    listenForKeys(this.part.root, this.playhead, () => this.source.start(), signal);
  }

  listenToScrub(on) {
    const { scrub } = this.part;
    const seek = (event) => {
      const box = scrub.getBoundingClientRect();
      const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
      if (this.duration) this.playhead.seek(share * this.duration);
    };
    on(scrub, "pointerdown", (event) => {
      scrub.setPointerCapture(event.pointerId);
      seek(event);
    });
    on(scrub, "pointermove", (event) => scrub.hasPointerCapture(event.pointerId) && seek(event));
  }

  get duration() {
    return Number.isFinite(this.part.video.duration) ? this.part.video.duration : 0;
  }

  // Python's view: a cue is acted on once, whatever else makes the page run again.
  update(data, send) {
    this.send = send;
    const cue = data?.cue;
    if (!cue) return;
    if (cue.nonce === this.nonce) return this.source.refresh(cue);
    if (!cue.auto) return this.open(cue, false);
    // A suggestion (the best result of a search) is made once, and never interrupts what is playing.
    const news = cue.nonce !== this.suggested && !this.playhead.playing;
    this.suggested = cue.nonce;
    if (news) this.open(cue, false);
  }

  open(cue, play) {
    this.nonce = cue.nonce;
    this.part.root.dataset.empty = "false";
    this.source.open(cue, play);
    this.part.title.textContent = cue.title;
    this.part.span.textContent = `${timecode(cue.start_s, cue.frame_rate)} – ${timecode(cue.end_s, cue.frame_rate)}`;
    this.draw();
    // Kept as well: a list that is drawn after the player marks its card too.
    window.cuepointCued = { video_id: cue.video_id, start_s: cue.start_s, end_s: cue.end_s };
    window.dispatchEvent(new CustomEvent("cuepoint:cued", { detail: window.cuepointCued }));
  }

  choose(mode) {
    if (!mode) return;
    this.playhead.mode = mode;
    remember("cuepoint.mode", mode);
    this.draw();
  }

  moveMode(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const buttons = [...this.part.modes.children];
    const next = buttons[(buttons.indexOf(event.target) + by + buttons.length) % buttons.length];
    this.choose(next.dataset.mode);
    next.focus();
  }

  toggleCaptions() {
    const track = this.part.video.textTracks[0];
    if (track) track.mode = track.mode === "showing" ? "hidden" : "showing";
    this.draw();
  }

  fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.part.screen.requestFullscreen?.().catch(() => {});
  }

  notice(sentence, canRetry = false) {
    this.part.notice.hidden = !sentence;
    this.part.noticeText.textContent = sentence ?? "";
    this.part.retry.hidden = !canRetry;
  }

  draw() {
    const { part, playhead, duration } = this;
    if (!playhead) return;
    const position = Math.min(playhead.shown, duration || Infinity);
    const share = (seconds) => (duration ? `${Math.max(0, Math.min(100, (100 * seconds) / duration))}%` : "0%");
    part.played.style.width = part.head.style.left = share(position);
    part.region.style.left = share(playhead.start);
    part.region.style.right = duration ? `calc(100% - ${share(playhead.end)})` : "100%";
    const empty = part.root.dataset.empty === "true";
    part.now.textContent = empty ? "--:--:--:--" : timecode(position, playhead.rate);
    part.total.textContent = duration ? timecode(duration, playhead.rate) : "";
    attributes(part.scrub, { "aria-valuemax": duration.toFixed(2), "aria-valuenow": position.toFixed(2), "aria-valuetext": part.now.textContent });
    this.drawButtons(empty);
  }

  drawButtons(empty) {
    const { part, playhead } = this;
    const playing = playhead.playing || playhead.reverse > 0;
    setIcon(part.toggle, playing ? "pause" : "play", playing ? "Pause (Space)" : "Play (Space)");
    setIcon(part.bigPlay, "play", "Play");
    setIcon(part.back, "back", "One frame back (,)");
    setIcon(part.forward, "forward", "One frame on (.)");
    setIcon(part.sound, part.video.muted ? "muted" : "sound", part.video.muted ? "Sound on" : "Sound off");
    setIcon(part.full, "full", "Full screen");
    setIcon(part.captions, "captions", "Subtitles");
    const track = part.video.textTracks[0];
    part.captions.hidden = !this.source?.cue?.subtitles;
    attributes(part.captions, { "aria-pressed": String(track?.mode === "showing") });
    part.root.dataset.playing = String(playing);
    for (const button of [part.toggle, part.back, part.forward]) button.disabled = empty;
    const speed = playhead.reverse || part.video.playbackRate;
    part.shuttle.hidden = !playing || (speed === 1 && !playhead.reverse);
    part.shuttle.textContent = playhead.reverse ? `◀ ${speed}× without sound` : `${speed}× ▶`;
    for (const button of part.modes.children) {
      const chosen = button.dataset.mode === playhead.mode;
      attributes(button, { "aria-checked": String(chosen), tabindex: chosen ? 0 : -1 });
    }
  }

  close() {
    window.cuepointCued = null;
    this.off.abort();
    this.playhead.close();
    this.source.close();
  }
}

function remember(name, value) {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
}

function remembered(name, otherwise) {
  try {
    return sessionStorage.getItem(name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

const players = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement);
    players.set(parentElement, player);
    // A moment that was chosen before there was a player.
    if (window.cuepointPending) player.open(window.cuepointPending, true);
    window.cuepointPending = null;
  }
  player.update(data, setTriggerValue);
  return () => {
    player.close();
    players.delete(parentElement);
  };
}
