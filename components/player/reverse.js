// Browsers cannot play backwards: this steps back through the pictures at a speed, without sound.

class Reverse {
  constructor(playhead) {
    this.playhead = playhead;
    this.factor = 0; // 0 when it does not run.
    this.tick = this.tick.bind(this);
  }

  run() {
    if (this.factor) {
      this.factor = faster(this.factor);
    } else {
      this.factor = 1;
      this.at = performance.now();
      this.request = requestAnimationFrame(this.tick);
    }
    this.playhead.changed();
  }

  tick(now) {
    if (!this.factor) return;
    const { playhead } = this;
    if (!playhead.settling) {
      const target = playhead.video.currentTime - ((now - this.at) / 1000) * this.factor * playhead.speed;
      this.at = now;
      playhead.seek(target);
      if (target <= 0) return playhead.halt();
    }
    this.request = requestAnimationFrame(this.tick);
  }

  stop() {
    this.factor = 0;
    cancelAnimationFrame(this.request);
  }
}
