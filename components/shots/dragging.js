// Dragging a row by its handle: the rows beside it make room, and the row itself never leaves the page.

const EDGE_PX = 70; // So near to the edge of what is visible the page begins to scroll.
const SCROLL_PX = 14;

class Dragging {
  constructor(list, { moved, ended }) {
    this.list = list;
    this.moved = moved;
    this.ended = ended;
    this.row = null;
  }

  get active() {
    return this.row !== null;
  }

  // `handle` begins a drag of `row` when it is pressed.
  watch(handle, row) {
    handle.addEventListener("pointerdown", (event) => {
      if (event.button > 0 || this.active) return;
      event.preventDefault();
      handle.focus();
      this.begin(handle, row, event);
    });
  }

  begin(handle, row, { pointerId, clientY }) {
    this.row = row;
    this.y = clientY;
    this.before = [...this.list.children];
    this.off = new AbortController();
    const { signal } = this.off;
    handle.setPointerCapture(pointerId);
    row.dataset.dragged = "true";
    handle.addEventListener("pointermove", (event) => this.follow(event.clientY), { signal });
    handle.addEventListener("pointerup", () => this.end(true), { signal });
    handle.addEventListener("lostpointercapture", () => this.end(true), { signal });
    handle.addEventListener("pointercancel", () => this.end(false), { signal });
    window.addEventListener("keydown", (event) => event.key === "Escape" && this.end(false), { signal, capture: true });
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  follow(y) {
    this.y = y;
    const { row } = this;
    for (let next = row.nextElementSibling; next && y > middle(next); next = row.nextElementSibling) row.before(next);
    for (let last = row.previousElementSibling; last && y < middle(last); last = row.previousElementSibling) row.after(last);
    this.moved();
  }

  scroll() {
    if (!this.active) return;
    const scroller = scrollerOf(this.list);
    const box = scroller.getBoundingClientRect();
    const [top, bottom] = [Math.max(0, box.top), Math.min(window.innerHeight, box.bottom)];
    const by = this.y < top + EDGE_PX ? -SCROLL_PX : this.y > bottom - EDGE_PX ? SCROLL_PX : 0;
    if (by) {
      scroller.scrollTop += by;
      this.follow(this.y);
    }
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  end(kept) {
    if (!this.active) return;
    this.off.abort();
    cancelAnimationFrame(this.frame);
    delete this.row.dataset.dragged;
    if (!kept) this.list.append(...this.before);
    this.row = null;
    this.ended(kept);
  }
}

function middle(node) {
  const box = node.getBoundingClientRect();
  return box.top + box.height / 2;
}

// What scrolls the page: it lies outside of the component's own tree.
function scrollerOf(node) {
  for (let one = node; one; one = one.parentNode ?? one.host) {
    if (one instanceof HTMLElement && one.scrollHeight > one.clientHeight + 1) {
      const { overflowY } = getComputedStyle(one);
      if (overflowY === "auto" || overflowY === "scroll") return one;
    }
  }
  return document.scrollingElement;
}
