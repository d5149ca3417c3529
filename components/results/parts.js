// What each modality adds to a score, as a quiet row of bars with words; what it takes away is drawn hollow.

function partBars(parts, scale) {
  return parts.map(([place, value]) => {
    const part = make("span", "part");
    const track = make("span", "track");
    const bar = make("span", value < 0 ? "bar away" : "bar");
    bar.style.width = `${Math.min(100, (100 * Math.abs(value)) / scale).toFixed(1)}%`;
    track.append(bar);
    part.append(make("span", "", place), track);
    return attributes(part, { title: partWords([place, value]) });
  });
}

function partWords([place, value]) {
  return `${place} ${value < 0 ? "takes away" : "adds"} ${Math.abs(value).toFixed(2)}`;
}

// The steps of a sequence in their order, with the times at which they begin.
function stepList(steps) {
  return steps.map(({ number, name, start_s }) => {
    const step = make("span", "step");
    step.append(make("b", "", number), make("span", "", name), make("span", "tc", clock(start_s)));
    return attributes(step, { title: `Step ${number}: ${name}, at ${clock(start_s)}` });
  });
}

function stepWords(steps) {
  return steps.map(({ number, name, start_s }) => `${number} ${name} at ${clock(start_s)}`).join(", ");
}

// Three decimals, and no minus before a zero.
function decimals(value) {
  return (Math.round(value * 1000) / 1000 + 0).toFixed(3);
}
