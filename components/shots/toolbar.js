// The line above the shots: how many there are, or what to do with those that are selected; and the way back.

const UNDO_MS = 20000;

class Toolbar {
  constructor(list) {
    this.node = make("div", "toolbar");
    this.line = attributes(make("p", "line"), { role: "status" });
    this.count = make("span", "count");
    this.remove = attributes(make("button", "text-button", "Remove"), { type: "button" });
    this.remove.addEventListener("click", () => list.remove(list.selected));
    this.clear = attributes(make("button", "text-button", "Select none"), { type: "button" });
    this.clear.addEventListener("click", () => list.select(false));
    this.every = attributes(make("button", "text-button", "Select all"), { type: "button" });
    this.every.addEventListener("click", () => list.select(true));
    this.tools = make("div", "tools");
    this.tools.append(this.count, this.remove, this.every, this.clear);
    this.node.append(this.line, this.tools);
    this.undo = this.undoBar(list);
  }

  undoBar(list) {
    const bar = attributes(make("div", "undo"), { role: "status", hidden: true });
    this.undoText = make("span");
    const button = attributes(make("button", "text-button", "Undo"), { type: "button" });
    button.addEventListener("click", () => list.restore());
    const away = iconButton("close", "Close");
    away.addEventListener("click", () => this.offer(0));
    bar.append(this.undoText, button, away);
    return bar;
  }

  show(line, selected, all) {
    this.line.textContent = line;
    this.node.hidden = all === 0;
    this.tools.dataset.on = String(selected > 0);
    this.count.textContent = `${selected} selected`;
    this.every.disabled = selected === all;
  }

  // Offers to bring so many shots back; 0 takes the offer away.
  offer(count) {
    clearTimeout(this.timer);
    this.undo.hidden = count === 0;
    if (!count) return;
    this.undoText.textContent = count === 1 ? "1 shot removed." : `${count} shots removed.`;
    this.timer = setTimeout(() => this.offer(0), UNDO_MS);
  }
}
