// Copies the page's address. The address is read at the press, so it is never an old one.

const SHOWN_MS = 2600;
const buttons = new WeakMap();

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
    const done = await copyText(window.location.href);
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
  attributes(held.button, { title: data.note || data.title });
}
