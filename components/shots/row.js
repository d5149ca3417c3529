// One shot: its picture, In and Out, length, note and rating, and what can be done to it.

Object.assign(ICONS, {
  grip: "M9 5h2v2.4H9zM13 5h2v2.4h-2zM9 10.8h2v2.4H9zM13 10.8h2v2.4h-2zM9 16.6h2V19H9zM13 16.6h2V19h-2z",
  up: "M12 6.5 5.5 13l1.4 1.4 4.1-4.1V19h2v-8.7l4.1 4.1 1.4-1.4z",
  down: "m12 17.5 6.5-6.5-1.4-1.4-4.1 4.1V5h-2v8.7L6.9 9.6 5.5 11z",
});

class Row {
  constructor(list) {
    this.list = list;
    this.node = make("li", "row");
    this.handle = iconButton("grip", "Move", "handle");
    this.number = make("span", "number tc");
    this.pick = attributes(make("input", "pick"), { type: "checkbox" });
    this.pick.addEventListener("change", () => list.picked());
    const lead = make("div", "lead");
    lead.append(this.number, this.pick);
    this.problem = attributes(make("p", "problem"), { hidden: true });
    this.refusal = attributes(make("p", "refusal"), { role: "alert", hidden: true });
    this.node.append(this.handle, lead, this.picture(), this.words(), this.actions(), this.problem, this.refusal);
  }

  picture() {
    this.play = attributes(make("button", "play"), { type: "button" });
    this.shot = make("span", "shot");
    this.image = attributes(make("img"), { alt: "", loading: "lazy", decoding: "async", width: 320, height: 180 });
    this.image.addEventListener("error", () => this.image.classList.add("gone"));
    this.image.addEventListener("load", () => this.image.classList.remove("gone"));
    this.shot.append(this.image);
    this.play.append(this.shot);
    this.play.addEventListener("click", () => this.list.play(this));
    this.scrub = new Scrub(this.shot);
    return this.play;
  }

  words() {
    this.title = make("span", "title");
    this.category = make("span", "category");
    const name = make("div", "name-line");
    name.append(this.title, this.category);
    this.stars = new Stars((stars) => this.change({ verb: "rate", stars }));
    const write = (end) => (text) => this.change({ verb: "times", end, text });
    this.times = { in: new TimeField("in", "In", write("in")), out: new TimeField("out", "Out", write("out")) };
    this.length = make("span", "tc");
    const length = make("span", "time");
    length.append(make("span", "name", "Length"), this.length);
    const times = make("div", "times");
    times.append(this.times.in.node, this.times.out.node, length);
    const words = make("div", "words");
    words.append(name, this.stars.node, times, this.noteField());
    return words;
  }

  noteField() {
    this.note = attributes(make("input", "note"), { type: "text", placeholder: "Note", maxlength: 2000 });
    this.note.addEventListener("change", () => {
      if (this.note.value !== this.data.note) this.change({ verb: "note", text: this.note.value });
    });
    this.note.addEventListener("keydown", (event) => keysOfField(event, () => (this.note.value = this.data.note)));
    return this.note;
  }

  actions() {
    const box = make("div", "actions");
    this.buttons = {};
    for (const [name, label, act] of [
      ["up", "Move up", () => this.list.move(this, -1)],
      ["down", "Move down", () => this.list.move(this, 1)],
      ["close", "Remove", () => this.list.remove([this.data.id])],
    ]) {
      const button = iconButton(name, label);
      button.addEventListener("click", act);
      this.buttons[name] = button;
      box.append(button);
    }
    return box;
  }

  change(change) {
    this.refuse("");
    this.list.change({ shot_id: this.data.id, ...change });
  }

  refuse(sentence, end) {
    this.refusal.textContent = sentence;
    this.refusal.hidden = !sentence;
    for (const [name, field] of Object.entries(this.times)) field.refuse(Boolean(sentence) && name === end);
  }

  update(data, index, count) {
    const { cue, title } = data;
    this.data = data;
    this.cue = cue;
    const name = `shot ${index + 1}, ${title}`;
    this.number.textContent = String(index + 1);
    this.title.textContent = title;
    attributes(this.title, { title });
    this.category.textContent = data.category;
    this.length.textContent = data.length;
    this.node.dataset.gone = String(!cue);
    this.problem.textContent = data.problem;
    this.problem.hidden = !data.problem;
    this.play.disabled = !cue;
    if (cue && this.image.getAttribute("src") !== cue.poster) this.image.src = cue.poster;
    if (cue) this.scrub.update(cue, data.film);
    if (!isFocused(this.note)) this.note.value = data.note;
    this.stars.show(data.rating, `Rating of ${name}`);
    this.times.in.show(data.in, `In of ${name}`, Boolean(cue));
    this.times.out.show(data.out, `Out of ${name}`, Boolean(cue));
    this.label(name, index, count);
  }

  label(name, index, count) {
    attributes(this.node, { "aria-label": name[0].toUpperCase() + name.slice(1) });
    attributes(this.play, { "aria-label": `Play ${name}`, title: "Play" });
    attributes(this.handle, { "aria-label": `Move ${name}`, title: "Drag to move, or Alt with the arrows up and down" });
    attributes(this.pick, { "aria-label": `Select ${name}` });
    attributes(this.note, { "aria-label": `Note on ${name}` });
    for (const button of Object.values(this.buttons)) attributes(button, { "aria-label": `${button.title}: ${name}` });
    this.buttons.up.disabled = index === 0;
    this.buttons.down.disabled = index === count - 1;
  }

  mark(moment) {
    const same = Boolean(this.cue && moment && sameMoment(this.cue, moment));
    attributes(this.node, { "aria-current": same ? "true" : null });
    return same;
  }
}
