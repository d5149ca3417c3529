// The drop area and the list of what is on its way.

const OUTCOMES = {
  waiting: "Waiting", sending: "Uploading", renewing: "Uploading", added: "Added",
  known: "Already here", refused: "Not added", failed: "Not finished", cancelled: "Cancelled",
};
const ACCEPTED = "video/*,.mkv,.avi,.mov,.mxf,.mts,.m2ts,.ts,.flv,.wmv,.srt,.vtt";

class Uploader {
  constructor(parent) {
    this.queue = uploads();
    this.rows = new Map();
    this.root = make("section", "cuepoint uploader");
    attributes(this.root, { "aria-label": "Upload videos" });
    this.zone = make("label", "zone");
    this.input = attributes(make("input", "unseen"), { type: "file", multiple: true, accept: ACCEPTED, "aria-label": "Choose video files" });
    const words = make("span", "words");
    words.append(make("strong", "", "Drop videos here"), make("span", "", " or "), make("span", "link", "choose files"));
    this.zone.append(words, make("span", "hint", "Subtitles (.srt, .vtt) of the same name go along."), this.input);
    this.list = attributes(make("ul", "items"), { "aria-label": "Uploads" });
    this.summary = attributes(make("p", "summary"), { role: "status" });
    this.clear = attributes(make("button", "text-button clear", "Clear finished"), { type: "button" });
    this.root.append(this.zone, this.list, this.summary, this.clear);
    parent.append(this.root);
    this.listen();
    this.hear = (arrived) => this.draw(arrived);
    this.queue.listeners.add(this.hear);
  }

  listen() {
    this.input.addEventListener("change", () => {
      this.take([...this.input.files]);
      this.input.value = "";
    });
    for (const name of ["dragenter", "dragover"]) {
      this.zone.addEventListener(name, (event) => {
        event.preventDefault();
        this.zone.dataset.over = "true";
      });
    }
    this.zone.addEventListener("dragleave", () => delete this.zone.dataset.over);
    this.zone.addEventListener("drop", async (event) => {
      event.preventDefault();
      delete this.zone.dataset.over;
      this.take(await filesOf(event.dataTransfer));
    });
    this.clear.addEventListener("click", () => this.queue.clear());
  }

  take(files) {
    if (files.length) this.queue.add(files, this.details);
  }

  update(data, send) {
    this.send = send;
    this.details = { category: data.category, tags: data.tags, recorded_at: data.recorded_at, fit: data.fit };
    this.queue.use({ upload_url: data.upload_url, subtitles_url: data.subtitles_url });
  }

  draw(arrived) {
    const items = this.queue.items;
    for (const [id, row] of this.rows) if (!items.some((item) => item.id === id)) row.node.remove(), this.rows.delete(id);
    for (const item of items) {
      if (!this.rows.has(item.id)) {
        this.rows.set(item.id, new Row(item, this.queue));
        this.list.append(this.rows.get(item.id).node);
      }
      this.rows.get(item.id).draw();
    }
    const ended = items.filter((item) => ENDED.includes(item.state)).length;
    this.summary.textContent = items.length ? `${ended} of ${items.length} finished` : "";
    this.clear.hidden = !ended;
    if (arrived) this.announce();
    if (!this.queue.wantsLink || !this.send) return;
    this.queue.wantsLink = false;
    this.send("expired", freshId());
  }

  // Several that arrive together make the page run once.
  announce() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.send?.("arrived", freshId()), 250);
  }

  close() {
    clearTimeout(this.soon);
    this.queue.listeners.delete(this.hear);
    this.root.remove();
  }
}

class Row {
  constructor(item, queue) {
    this.item = item;
    this.node = make("li", "item");
    this.bar = attributes(make("progress"), { max: 1, "aria-label": `Upload of ${item.file.name}` });
    this.state = make("span", "state");
    this.message = make("span", "message");
    this.retry = attributes(make("button", "text-button", "Try again"), { type: "button" });
    this.cancel = iconButton("close", `Cancel the upload of ${item.file.name}`);
    this.retry.addEventListener("click", () => queue.retry(item));
    this.cancel.addEventListener("click", () => queue.cancel(item));
    const size = make("span", "size", megabytes(item.file.size));
    this.node.append(make("span", "name", item.file.name), size, this.state, this.bar, this.message, this.retry, this.cancel);
  }

  draw() {
    const { state, sent, message } = this.item;
    const told = JSON.stringify([state, sent, message]);
    if (told === this.told) return;
    this.told = told;
    this.node.dataset.state = state;
    const checking = state === "sending" && sent >= 1;
    this.state.textContent = checking ? "Checking" : state === "sending" ? `${Math.floor(sent * 100)} %` : OUTCOMES[state];
    if (checking) this.bar.removeAttribute("value");
    else this.bar.value = sent;
    this.bar.hidden = ENDED.includes(state);
    this.message.textContent = message === "Added." ? "" : message;
    this.retry.hidden = state !== "failed";
    this.cancel.hidden = ENDED.includes(state);
  }
}

function megabytes(bytes) {
  const amount = bytes / 1e6;
  return amount >= 1000 ? `${(amount / 1000).toFixed(1)} GB` : `${amount >= 10 ? amount.toFixed(0) : amount.toFixed(1)} MB`;
}

export default onPage((parent) => new Uploader(parent));
