// An In or an Out: reads as text, can be typed over as a timecode of the file.

class TimeField {
  // `end` is "in" or "out"; `write` gets what was typed.
  constructor(end, name, write) {
    this.end = end;
    this.node = make("label", "time");
    this.input = attributes(make("input", "tc"), {
      type: "text", spellcheck: "false", autocomplete: "off", maxlength: 15, size: 11,
    });
    this.node.append(make("span", "name", name), this.input);
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("change", () => {
      const text = this.input.value.trim();
      if (text && text !== this.value) write(text);
      else this.input.value = this.value;
    });
    this.input.addEventListener("keydown", (event) => keysOfField(event, () => (this.input.value = this.value)));
  }

  show(value, label, editable) {
    const changed = value !== this.value;
    this.value = value;
    // What somebody is typing just now stays.
    if (changed || !isFocused(this.input)) this.input.value = value;
    attributes(this.input, { "aria-label": label, readonly: !editable });
  }

  refuse(refused) {
    attributes(this.input, { "aria-invalid": refused ? "true" : null });
  }
}

// Enter writes what was typed, Escape takes it back.
function keysOfField(event, restore) {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Escape") restore();
  event.target.blur();
}

function isFocused(node) {
  return node.getRootNode().activeElement === node;
}
