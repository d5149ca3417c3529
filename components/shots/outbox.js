// Changes that were made here and that Python has not answered yet: shown at once, and sent until they are.

const RESEND_MS = 5000; // A message can be lost when the page runs again; a change is written once all the same.

class Outbox {
  constructor(send) {
    this.send = send;
    this.pending = [];
    this.removed = new Map(); // What each removal took away, as [place, shot], for undoing it.
  }

  add(change) {
    const made = { id: freshId(), ...change };
    this.pending.push(made);
    this.flush();
    return made;
  }

  flush() {
    clearTimeout(this.timer);
    if (!this.pending.length) return;
    this.send({ changes: this.pending, id: freshId() });
    this.timer = setTimeout(() => this.flush(), RESEND_MS);
  }

  // Takes what was answered out, and returns the refused ones as [change, sentence].
  take(answers) {
    const answered = this.pending.filter(({ id }) => id in answers);
    this.pending = this.pending.filter(({ id }) => !(id in answers));
    if (!this.pending.length) clearTimeout(this.timer);
    return answered.filter(({ id }) => answers[id]).map((change) => [change, answers[change.id]]);
  }

  // The shots as they will be once everything here is written.
  shown(shots) {
    return this.pending.reduce((before, change) => this.applied(before, change), shots);
  }

  applied(shots, change) {
    const changed = (values) => shots.map((shot) => (shot.id === change.shot_id ? { ...shot, ...values } : shot));
    switch (change.verb) {
      case "order":
        return ordered(shots, change.shot_ids);
      case "remove":
        return shots.filter(({ id }) => !change.shot_ids.includes(id));
      case "restore":
        return restored(shots, this.removed.get(change.of) ?? []);
      case "note":
        return changed({ note: change.text });
      case "rate":
        return changed({ rating: change.stars });
      case "times":
        return changed({ [change.end]: change.text });
      default:
        return shots;
    }
  }

  close() {
    // What is not answered yet is sent once more: the page may be left right after a press.
    this.flush();
    clearTimeout(this.timer);
  }
}

// What is not named keeps its order behind the rest: somebody else may have kept it meanwhile.
function ordered(shots, ids) {
  const known = new Map(shots.map((shot) => [shot.id, shot]));
  const first = ids.filter((id) => known.has(id)).map((id) => known.get(id));
  const named = new Set(ids);
  return [...first, ...shots.filter(({ id }) => !named.has(id))];
}

function restored(shots, removed) {
  const there = [...shots];
  for (const [place, shot] of removed) {
    if (!there.some(({ id }) => id === shot.id)) there.splice(place, 0, shot);
  }
  return there;
}
