// The videos of the library, a row each, with what can be done to them.

class Row {
  constructor(list) {
    this.list = list;
    this.node = make("li", "row");
    this.open = attributes(make("button", "open"), { type: "button" });
    this.image = attributes(make("img"), { alt: "", loading: "lazy", decoding: "async", width: 320, height: 180 });
    this.image.addEventListener("error", () => {
      this.image.classList.add("gone");
      // A picture that is not made yet is asked for again when the list is next drawn.
      this.image.removeAttribute("src");
    });
    this.image.addEventListener("load", () => this.image.classList.remove("gone"));
    const shot = make("span", "shot");
    this.length = make("span", "length");
    shot.append(this.image, this.length);
    this.title = make("span", "title");
    this.about = make("span", "about");
    const words = make("span", "words");
    words.append(this.title, this.about);
    this.open.append(shot, words);
    this.open.addEventListener("click", () => this.act("open"));
    this.state = make("span", "state");
    this.bar = attributes(make("progress"), { max: 1 });
    this.message = make("span", "message");
    const status = make("div", "status");
    this.missing = make("span", "missing", "File missing");
    this.missing.title = "The file is not where it was. What was made of it is still searched and shown.";
    status.append(this.state, this.missing, this.bar, this.message);
    this.node.append(this.open, status, this.buttons());
    this.offer(status);
  }

  buttons() {
    const box = make("div", "actions");
    this.verbs = {};
    for (const [verb, picture, label] of [
      ["cancel", "close", "Cancel"], ["retry", "repeat", "Try again"], ["edit", "edit", "Edit"],
      ["reindex", "repeat", "Index again"], ["delete", "remove", "Delete"],
    ]) {
      const button = iconButton(picture, label);
      button.addEventListener("click", () => this.act(verb));
      this.verbs[verb] = button;
      box.append(button);
    }
    return box;
  }

  // What mends a video is offered in words, beside the reason why it failed.
  offer(status) {
    const button = attributes(make("button", "text-button", "Send a fitted copy"), { type: "button" });
    button.title = button.textContent;
    button.addEventListener("click", () => this.act("fit"));
    this.verbs.fit = button;
    status.append(button);
  }

  act(verb) {
    this.list.send?.("asked", { verb, video_id: this.data.video_id, job_id: this.data.job_id, id: freshId() });
  }

  update(data) {
    const told = JSON.stringify(data);
    if (told === this.told) return;
    [this.told, this.data] = [told, data];
    this.title.textContent = data.title;
    this.about.textContent = data.about;
    this.length.textContent = data.duration;
    if (data.poster && this.image.getAttribute("src") !== data.poster) this.image.src = data.poster;
    this.state.textContent = data.state;
    this.node.dataset.kind = data.kind;
    this.message.textContent = data.message;
    this.missing.hidden = !data.missing;
    this.bar.hidden = data.progress === null;
    if (data.progress !== null) this.bar.value = data.progress;
    attributes(this.bar, { "aria-label": `${data.state}: ${data.title}` });
    attributes(this.open, { "aria-label": `Watch ${data.title}` });
    this.open.disabled = !data.video_id;
    for (const [verb, button] of Object.entries(this.verbs)) {
      button.hidden = !data.verbs.includes(verb);
      attributes(button, { "aria-label": `${button.title}: ${data.title}` });
    }
  }
}

class VideoList {
  constructor(parent) {
    this.rows = new Map();
    this.root = make("section", "cuepoint videolist");
    attributes(this.root, { "aria-label": "Videos" });
    this.list = make("ul", "rows");
    this.root.append(this.list);
    parent.append(this.root);
  }

  update(data, send) {
    this.send = send;
    const kept = new Map();
    for (const one of data.rows) {
      const row = this.rows.get(one.id) ?? new Row(this);
      row.update(one);
      kept.set(one.id, row);
    }
    this.rows = kept;
    const nodes = [...kept.values()].map((row) => row.node);
    const same = nodes.length === this.list.children.length && nodes.every((node, i) => node === this.list.children[i]);
    if (!same) this.list.replaceChildren(...nodes);
  }

  close() {
    this.root.remove();
  }
}

export default onPage((parent) => new VideoList(parent));
