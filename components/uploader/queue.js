// Uploads in the background: two at a time, kept beside the page so that they outlive a change of page.

const AT_ONCE = 2;
const ENDED = ["added", "known", "refused", "failed", "cancelled"];
const LOST = "The connection was lost before the file had arrived.";

class Uploads {
  constructor() {
    this.items = [];
    this.listeners = new Set();
    this.links = {};
    window.addEventListener("beforeunload", (event) => {
      if (this.active) event.preventDefault();
    });
  }

  get active() {
    return this.items.some((item) => !ENDED.includes(item.state));
  }

  add(files, said) {
    // What is dropped together is one batch: it goes on, waits and is cancelled together.
    const details = { ...said, batch: batchId() };
    const subtitles = files.filter(isSubtitles);
    const videos = files.filter((file) => !isSubtitles(file));
    for (const file of videos) {
      const beside = subtitles.find((one) => belongsTo(one.name, file.name)) ?? null;
      this.items.push({ id: freshId(), file, beside, details, state: "waiting", sent: 0, message: "" });
    }
    for (const one of subtitles.filter((file) => !videos.some((video) => belongsTo(file.name, video.name)))) {
      const message = "No video of the same name came with these subtitles. Drop both together.";
      this.items.push({ id: freshId(), file: one, beside: null, details, state: "refused", sent: 0, message });
    }
    this.next();
  }

  next() {
    const sending = this.items.filter((item) => item.state === "sending").length;
    const waiting = this.items.filter((item) => item.state === "waiting");
    for (const item of waiting.slice(0, AT_ONCE - sending)) this.send(item);
    this.tell();
  }

  async send(item) {
    this.change(item, { state: "sending", sent: 0, message: "" });
    try {
      if (item.beside && !item.subtitles_id) await this.sendSubtitles(item);
      const details = { name: item.file.name, title: null, ...item.details, subtitles_id: item.subtitles_id ?? null };
      const answer = await this.put(item, this.links.upload_url, item.file, details);
      this.settle(item, answer);
    } catch (error) {
      if (item.state !== "cancelled") this.change(item, { state: "failed", message: `${LOST} Try again.` });
    }
    this.next();
  }

  async sendSubtitles(item) {
    const answer = await this.put(null, this.links.subtitles_url, item.beside, { name: item.beside.name });
    if (answer.status === 201) item.subtitles_id = answer.body.subtitles_id;
    else item.note = `Its subtitles were not taken: ${answer.body.message ?? "they could not be read."}`;
  }

  put(item, url, body, details) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("PUT", url);
      request.setRequestHeader("X-Cuepoint-Details", encodeURIComponent(JSON.stringify(details)));
      request.onerror = request.onabort = request.ontimeout = () => reject(new Error("lost"));
      request.onload = () => resolve({ status: request.status, body: parsed(request.responseText) });
      if (item) {
        item.request = request;
        request.upload.onprogress = (event) => this.change(item, { sent: event.loaded / Math.max(1, event.total) });
      }
      request.send(body);
    });
  }

  settle(item, { status, body }) {
    const note = item.note ?? "";
    if (status === 201) {
      const known = body.outcome === "known";
      const said = known ? "Already in your library; nothing was indexed again." : "Added.";
      return this.change(item, { state: known ? "known" : "added", sent: 1, message: `${said} ${note}`.trim() });
    }
    const tooOld = [401, 403, 410].includes(status);
    // A page that was open for a day has an old link: Python is asked for a new one, and the file goes again.
    if (tooOld && !item.renewed) {
      item.renewed = this.links.upload_url;
      this.wantsLink = true;
      return this.change(item, { state: "renewing", message: "Asking for a new upload link …" });
    }
    const again = tooOld || status === 408 || status === 429 || status >= 500;
    const message = body.message ?? "The server refused this file.";
    return this.change(item, { state: again ? "failed" : "refused", message });
  }

  use(links) {
    this.links = links;
    for (const item of this.items) {
      if (item.state === "renewing" && item.renewed !== links.upload_url) item.state = "waiting";
    }
    this.next();
  }

  retry(item) {
    item.renewed = null;
    this.change(item, { state: "waiting", message: "" });
    this.next();
  }

  cancel(item) {
    this.change(item, { state: "cancelled", message: "Cancelled." });
    item.request?.abort();
  }

  clear() {
    this.items = this.items.filter((item) => !ENDED.includes(item.state));
    this.tell();
  }

  change(item, values) {
    const ended = ENDED.includes(item.state);
    Object.assign(item, values);
    this.tell(!ended && ["added", "known"].includes(item.state) ? item : null);
  }

  tell(arrived = null) {
    for (const listen of this.listeners) listen(arrived);
  }
}

// `crypto.randomUUID` is missing on plain http from another machine; this is not.
function batchId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const isSubtitles = (file) => /\.(srt|vtt)$/i.test(file.name);
const stem = (name) => name.replace(/\.[^.]*$/, "").toLowerCase();

// "film.srt" and "film.en.srt" belong to "film.mp4".
function belongsTo(subtitles, video) {
  const name = stem(subtitles);
  return name === stem(video) || name.replace(/\.[a-z]{2,3}(-[a-z]{2,4})?$/, "") === stem(video);
}

function parsed(text) {
  try {
    const body = JSON.parse(text);
    return body && typeof body === "object" ? body : {};
  } catch {
    return {};
  }
}

function uploads() {
  window.cuepointUploads ??= new Uploads();
  return window.cuepointUploads;
}
