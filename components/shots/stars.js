// A rating of 0 to 5 stars: one press, or the keys 0 to 5 and the arrows.

Object.assign(ICONS, {
  star: "m12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z",
});

const MOST_STARS = 5;

class Stars {
  constructor(rate) {
    this.rate = rate;
    this.rating = 0;
    this.node = attributes(make("div", "stars"), { role: "radiogroup" });
    this.buttons = Array.from({ length: MOST_STARS }, (_, index) => this.star(index + 1));
    this.node.append(...this.buttons);
    this.node.addEventListener("keydown", (event) => this.pressed(event));
  }

  star(number) {
    const label = number === 1 ? "1 star" : `${number} stars`;
    const button = attributes(make("button", "star"), { type: "button", role: "radio", "aria-label": label });
    button.append(icon("star"));
    // The star that is set takes the rating away.
    button.addEventListener("click", () => this.choose(number === this.rating ? 0 : number));
    return button;
  }

  show(rating, label) {
    this.rating = rating;
    attributes(this.node, { "aria-label": label, title: rating ? "" : "Rate with 1 to 5 stars, or the keys 0 to 5" });
    this.buttons.forEach((button, index) => {
      attributes(button, {
        "aria-checked": index + 1 === rating ? "true" : "false",
        tabindex: index + 1 === rating || (!rating && index === 0) ? 0 : -1,
      });
      button.dataset.filled = String(index < rating);
    });
  }

  choose(rating) {
    if (rating !== this.rating) this.rate(rating);
    this.buttons[Math.max(0, rating - 1)].focus();
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const to = by ? this.rating + by : /^[0-5]$/.test(event.key) ? Number(event.key) : null;
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(Math.max(0, Math.min(MOST_STARS, to)));
  }
}
