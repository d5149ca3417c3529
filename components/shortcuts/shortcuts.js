// "/" puts the cursor into the query box, as long as nobody is typing elsewhere.

const listeners = new WeakMap();

export default function ({ data, parentElement }) {
  if (!listeners.has(parentElement)) {
    const off = new AbortController();
    listeners.set(parentElement, off);
    const listen = (event) => {
      if (event.key !== "/" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const field = document.querySelector(`.st-key-${data.field} input`);
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
