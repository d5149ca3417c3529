// Copies the page's address. The address is read at the press, so it is never an old one.

const SHOWN_MS = 2600;
const buttons = new WeakMap();

// The clipboard of a page that came over plain http from another machine: only this old way is left.
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  field.style.cssText = "position: fixed; top: 0; opacity: 0;";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by the browser's settings: try the other way.
    }
  }
  return copyBySelection(text);
}

function build(parent) {
  const root = make("div", "cuepoint copy");
  const button = attributes(make("button", "copy-button"), { type: "button" });
  const label = make("span", "copy-label", "Copy link");
  button.append(icon("link"), label);
  const told = attributes(make("div", "copy-told"), { role: "status", "aria-live": "polite" });
  root.append(button, told);
  parent.append(root);
  const held = { button, label, told, note: "", timer: 0 };
  button.addEventListener("click", async () => {
    const done = await copy(window.location.href);
    button.focus();
    label.textContent = done ? "Copied" : "Copy link";
    told.textContent = done ? held.note || "Link copied." : "The browser does not allow copying. Copy the address yourself.";
    told.classList.toggle("shown", !done || Boolean(held.note));
    window.clearTimeout(held.timer);
    held.timer = window.setTimeout(() => {
      label.textContent = "Copy link";
      told.textContent = "";
      told.classList.remove("shown");
    }, done && !held.note ? SHOWN_MS : 2 * SHOWN_MS);
  });
  return held;
}

export default function ({ data, parentElement }) {
  let held = buttons.get(parentElement);
  if (!held) {
    held = build(parentElement);
    buttons.set(parentElement, held);
  }
  held.note = data.note;
  attributes(held.button, { title: data.note || "Copy a link that opens this very search" });
}
