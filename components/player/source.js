// What is loaded: the file of one video, kept while moments of it are chosen, and its link renewed.

const MESSAGES = {
  missing: "The file of this video cannot be found. Look it up on the Library page.",
  offline: "The server does not answer. Check that Cuepoint is running, then try again.",
  broken: "This browser cannot play this video. Index it again on the Library page to make a playable copy.",
  refused: "The link to this video was refused again. Reload the page.",
};

class Source {
  constructor(video, playhead, { renew, show }) {
    this.video = video;
    this.playhead = playhead;
    this.renew = renew; // Asks Python for a new link.
    this.show = show; // show(sentence | null, canRetry)
    this.cue = null;
    this.loaded = null; // The link that the video element has.
    this.newest = null; // The newest link that we were given.
    this.renewedAt = -Infinity;
    this.waiting = null; // {at, playing}: to be resumed with a new link.
    this.off = new AbortController();
    video.addEventListener("error", () => this.failed(), { signal: this.off.signal });
    video.addEventListener("loadeddata", () => this.show(null), { signal: this.off.signal });
  }

  // Show a moment; the file is loaded only where it is another one.
  open(cue, play) {
    const same = this.cue?.video_id === cue.video_id && this.loaded && !this.video.error && !this.waiting;
    this.cue = cue;
    this.newest = cue.src;
    this.waiting = null;
    if (!same) this.load(cue.src, cue.poster);
    this.playhead.cue(cue.start_s, cue.end_s, cue.frame_rate);
    if (play) this.start();
  }

  load(src, poster) {
    this.show(null);
    this.loaded = src;
    attributes(this.video, { poster: poster || null });
    this.video.src = src;
    this.setCaptions(this.cue.subtitles);
  }

  start() {
    // A browser that wants a click first leaves the right frame paused, with the play button on it.
    this.playhead.play().catch((error) => {
      if (error.name !== "AbortError" && error.name !== "NotAllowedError") this.failed();
    });
  }

  setCaptions(src) {
    this.video.replaceChildren();
    if (!src) return;
    const track = document.createElement("track");
    attributes(track, { kind: "subtitles", src, label: "Subtitles" });
    this.video.append(track);
    track.track.mode = "hidden";
  }

  // A newer link for the same video; used only once the old one stops working.
  refresh(cue) {
    if (!this.cue || cue.video_id !== this.cue.video_id) return;
    this.newest = cue.src;
    if (this.waiting && this.newest !== this.loaded) this.resume();
  }

  resume() {
    const { at, playing } = this.waiting ?? { at: this.playhead.position, playing: false };
    this.waiting = null;
    this.load(this.newest, this.cue.poster);
    this.playhead.seek(at);
    if (playing) this.start();
  }

  async failed() {
    if (!this.loaded || this.waiting) return;
    this.waiting = { at: this.playhead.position, playing: this.playhead.intends };
    if (this.newest !== this.loaded) return this.resume();
    const asked = this.loaded;
    const problem = await this.diagnose(asked);
    if (asked !== this.loaded || !this.waiting) return;
    if (problem.expired && performance.now() - this.renewedAt > 10000) {
      this.renewedAt = performance.now();
      this.show("Renewing the link …", false);
      return this.renew(this.cue);
    }
    this.show(problem.expired ? MESSAGES.refused : problem.message, true);
  }

  async diagnose(src) {
    try {
      const answer = await fetch(src, { headers: { Range: "bytes=0-0" }, cache: "no-store" });
      const sentence = answer.ok ? null : await answer.json().then((body) => body.message, () => null);
      await answer.body?.cancel().catch(() => {});
      if ([401, 403, 410].includes(answer.status)) return { expired: true };
      if (answer.ok) return { message: MESSAGES.broken };
      return { message: typeof sentence === "string" ? sentence : MESSAGES.missing };
    } catch {
      return { message: MESSAGES.offline };
    }
  }

  retry() {
    this.renewedAt = -Infinity;
    this.waiting ??= { at: this.playhead.position, playing: true };
    this.resume();
  }

  close() {
    this.off.abort();
    this.loaded = null;
    this.video.replaceChildren();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
