// "/" puts the cursor into the query box, as long as nobody is typing elsewhere; so does a wish of the page.

const TRIES = 30;
const listeners = new WeakMap();
const served = new WeakMap();

function input(field) {
  return document.querySelector(`.st-key-${field} input`);
}

// The field may be drawn after this; what was wished for before the page was opened is over.
function focusSoon(field, left = TRIES) {
  const found = input(field);
  if (found) found.focus();
  else if (left > 0) window.setTimeout(() => focusSoon(field, left - 1), 50);
}

export default function ({ data, parentElement }) {
  const [field, wish] = data.focus ?? ["", 0];
  if (served.has(parentElement) && wish > served.get(parentElement)) focusSoon(field);
  served.set(parentElement, wish);
  if (!listeners.has(parentElement)) {
    const off = new AbortController();
    listeners.set(parentElement, off);
    const listen = (event) => {
      if (event.key !== "/" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const field = input(data.field);
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    };
    window.addEventListener("keydown", listen, { signal: off.signal });
  }
  return () => {
    listeners.get(parentElement)?.abort();
    listeners.delete(parentElement);
  };
}
