// "/" puts the cursor into the query box, as long as nobody is typing elsewhere; so does a wish of the page.

const TRIES = 30;

function input(field) {
  return document.querySelector(`.st-key-${field} input`);
}

// The field may be drawn after this; what was wished for before the page was opened is over.
function focusSoon(field, left = TRIES) {
  const found = input(field);
  if (found) found.focus();
  else if (left > 0) window.setTimeout(() => focusSoon(field, left - 1), 50);
}

class Shortcuts {
  constructor() {
    this.off = new AbortController();
    window.addEventListener("keydown", (event) => this.pressed(event), { signal: this.off.signal });
  }

  update(data) {
    const [field, wish] = data.focus ?? ["", 0];
    if (this.served !== undefined && wish > this.served) focusSoon(field);
    this.served = wish;
    this.field = data.field;
  }

  pressed(event) {
    if (event.key !== "/" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const field = input(this.field);
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }

  close() {
    this.off.abort();
  }
}

export default onPage(() => new Shortcuts());
