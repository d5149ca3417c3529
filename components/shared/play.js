// Asks the player on this page for a moment, at once and without Python.

// Returns the id of the request: Python sends it back with the cue, so that it is not acted on twice.
function playMoment(cue, nonce = freshId()) {
  const asked = { ...cue, nonce, auto: false };
  const heard = !window.dispatchEvent(new CustomEvent("cuepoint:play", { detail: asked, cancelable: true }));
  // The player may not be there yet; it looks here when it comes.
  window.cuepointPending = heard ? null : asked;
  return asked.nonce;
}

function sameMoment(one, other) {
  return one.video_id === other.video_id && Math.abs(one.start_s - other.start_s) < 0.002 && Math.abs(one.end_s - other.end_s) < 0.002;
}
