// The list of all keys, as a dialog: the browser keeps the focus in it and gives it back.

class KeySheet {
  constructor(dialog) {
    this.dialog = dialog;
  }

  open() {
    if (!this.dialog.childElementCount) this.build();
    if (!this.dialog.open) this.dialog.showModal();
  }

  build() {
    const head = make("div", "sheet-head");
    const close = iconButton("close", "Close (Escape)");
    close.addEventListener("click", () => this.dialog.close());
    // A press beside the sheet closes it; the sheet itself is the dialog's own box.
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    head.append(make("h2", "", "Keys of the player"), close);
    const groups = make("div", "sheet-groups");
    for (const [title, keys] of KEY_GROUPS) groups.append(this.group(title, keys));
    const body = make("div", "sheet-body");
    body.append(head, groups);
    this.dialog.append(body);
  }

  group(title, keys) {
    const section = make("section");
    const list = make("dl");
    for (const [written, does] of keys) {
      const term = make("dt");
      // "Shift" belongs to the key after it.
      for (const key of written.replaceAll("Shift ", "Shift+").split(" ")) term.append(make("kbd", "", key.replace("+", " ")));
      list.append(term, make("dd", "", does));
    }
    section.append(make("h3", "", title), list);
    return section;
  }
}
