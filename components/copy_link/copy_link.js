// Copies the page's address. The address is read at the press, so it is never an old one.

const SHOWN_MS = 2600;

function copyLink(parent) {
  const root = make("div", "cuepoint copy");
  const button = attributes(make("button", "copy-button"), { type: "button" });
  const label = make("span", "copy-label", "Copy link");
  button.append(icon("link"), label);
  const told = attributes(make("div", "copy-told"), { role: "status", "aria-live": "polite" });
  root.append(button, told);
  parent.append(root);
  let [note, timer] = ["", 0];
  button.addEventListener("click", async () => {
    const done = await copyText(window.location.href);
    button.focus();
    label.textContent = done ? "Copied" : "Copy link";
    told.textContent = done ? note || "Link copied." : "The browser does not allow copying. Copy the address yourself.";
    told.classList.toggle("shown", !done || Boolean(note));
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      label.textContent = "Copy link";
      told.textContent = "";
      told.classList.remove("shown");
    }, done && !note ? SHOWN_MS : 2 * SHOWN_MS);
  });
  return {
    update(data) {
      note = data.note;
      attributes(button, { title: note || data.title });
    },
    close() {
      window.clearTimeout(timer);
      root.remove();
    },
  };
}

export default onPage(copyLink);
