// Timecode from seconds and an exact frame rate [numerator, denominator]; twin of core/timecode.py.

// Times are kept in whole milliseconds, so one that begins a frame may lie half of one before it.
const ROUNDING_S = 0.0006;

function frameAt(seconds, rate) {
  return Math.floor((Math.max(0, seconds) + ROUNDING_S) * (rate[0] / rate[1]));
}

function isDropFrame(rate) {
  return rate[1] === 1001 && (rate[0] === 30000 || rate[0] === 60000);
}

// `counting` is [label of the first frame, in frames after 00:00:00:00; whether labels are dropped].
function timecode(seconds, rate, counting) {
  return frameLabel(frameAt(seconds, rate) + (counting?.[0] ?? 0), rate, counting?.[1] ?? isDropFrame(rate));
}

function frameLabel(frame, rate, dropping) {
  const nominal = Math.max(1, Math.round(rate[0] / rate[1]));
  const drop = dropping && isDropFrame(rate);
  frame %= 144 * (nominal * 600 - (drop ? (nominal / 15) * 9 : 0));
  if (drop) {
    const leftOut = nominal / 15;
    const tens = Math.floor(frame / (nominal * 600 - leftOut * 9));
    const rest = frame % (nominal * 600 - leftOut * 9);
    const minutes = Math.max(0, Math.floor((rest - leftOut) / (nominal * 60 - leftOut)));
    frame += leftOut * (9 * tens + minutes);
  }
  const whole = Math.floor(frame / nominal);
  const two = (value) => String(value).padStart(2, "0");
  return (
    `${two(Math.floor(whole / 3600))}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}` +
    `${drop ? ";" : ":"}${two(frame % nominal)}`
  );
}

function clock(seconds) {
  const whole = Math.floor(Math.max(0, seconds) + ROUNDING_S);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${hours ? two(Math.floor((whole % 3600) / 60)) : Math.floor(whole / 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
