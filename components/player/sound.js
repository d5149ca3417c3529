// Sound, subtitles and speed: chosen once, kept for every video that is played after.

const SPEEDS = ["0.25", "0.5", "0.75", "1", "1.25", "1.5", "2"];

class Sound {
  // `focusBack` gives the keys back to the player once a menu or slider was used with the pointer.
  constructor(part, playhead, { changed, focusBack, signal }) {
    this.part = part;
    this.video = part.video;
    this.changed = changed;
    const on = (node, name, act) => node.addEventListener(name, act, { signal });
    for (const speed of SPEEDS) {
      const option = make("option", "", `${speed}×`);
      option.value = speed;
      part.speed.append(option);
    }
    const speed = remembered("cuepoint.speed", "1");
    part.speed.value = SPEEDS.includes(speed) ? speed : "1";
    playhead.setSpeed(Number(part.speed.value));
    this.video.muted = remembered("cuepoint.muted", "no") === "yes";
    const volume = Number(remembered("cuepoint.volume", "1"));
    this.video.volume = volume >= 0 && volume <= 1 ? volume : 1;
    this.showing = remembered("cuepoint.captions", "no") === "yes";
    on(part.sound, "click", () => this.mute());
    on(part.captions, "click", () => this.toggleCaptions());
    on(part.volume, "input", () => this.setVolume(Number(part.volume.value)));
    on(part.volume, "pointerup", focusBack);
    on(part.speed, "change", () => {
      playhead.setSpeed(Number(part.speed.value));
      remember("cuepoint.speed", part.speed.value);
      focusBack();
      changed();
    });
  }

  mute() {
    this.video.muted = !this.video.muted;
    remember("cuepoint.muted", this.video.muted ? "yes" : "no");
    this.changed();
  }

  // Moving the slider is heard at once, also where the sound was off.
  setVolume(volume) {
    this.video.volume = volume;
    this.video.muted = volume === 0;
    remember("cuepoint.volume", String(volume));
    remember("cuepoint.muted", this.video.muted ? "yes" : "no");
    this.changed();
  }

  toggleCaptions() {
    if (!this.track) return;
    this.showing = !this.showing;
    remember("cuepoint.captions", this.showing ? "yes" : "no");
    this.changed();
  }

  get track() {
    return this.video.textTracks[0];
  }

  draw(hasCaptions) {
    const { part, video, track } = this;
    setIcon(part.sound, video.muted ? "muted" : "sound", video.muted ? "Sound on (M)" : "Sound off (M)");
    setIcon(part.captions, "captions", "Subtitles (C)");
    part.captions.hidden = !hasCaptions;
    const mode = this.showing ? "showing" : "hidden";
    if (track && track.mode !== mode) track.mode = mode;
    attributes(part.captions, { "aria-pressed": String(this.showing) });
    const volume = String(video.muted ? 0 : video.volume);
    if (part.volume.value !== volume) part.volume.value = volume;
    attributes(part.volume, { "aria-valuetext": `${Math.round(100 * Number(volume))} %` });
  }
}
