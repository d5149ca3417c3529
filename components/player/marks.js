// In and Out: half-open, in seconds; what the cue brought until somebody sets them.

const TINY_S = 1e-4;

class Marks {
  constructor(playhead) {
    this.playhead = playhead;
    this.open(0, Infinity);
  }

  // The marks of a moment, as it came.
  open(start, end) {
    this.given = [start, end];
    [this.start, this.end] = this.given;
  }

  reset() {
    [this.start, this.end] = this.given;
    this.moved(true);
  }

  get changed() {
    return this.start !== this.given[0] || this.end !== this.given[1];
  }

  // At the frame on screen. An In at or after Out begins a new stretch, as in source monitors: up to the end of the
  // file, so that nobody has to take the old Out away first.
  setIn() {
    const { shownBegin, fileEnd } = this.playhead;
    this.start = shownBegin;
    if (this.end <= shownBegin + TINY_S) this.end = fileEnd;
    this.moved(true);
  }

  // After the frame on screen. An Out at or before In takes everything from the beginning. Whoever marks Out while it
  // plays wants to see what comes after it; a loop begins again at once.
  setOut() {
    const { shownBegin, frameS, playing, mode } = this.playhead;
    this.end = shownBegin + frameS;
    if (this.start >= this.end - TINY_S) this.start = 0;
    this.moved(!playing || mode === "loop");
  }

  moved(counts) {
    this.playhead.armed = counts && this.playhead.within(this.playhead.position);
    this.playhead.changed();
  }
}
