// Small tools for building the page: text always goes in as text, never as markup.

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

function attributes(node, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === false || value === null || value === undefined) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  return node;
}

// Icons are ours: one path each, drawn in a 24 by 24 box.
const ICONS = {
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  back: "M6 5h2.2v14H6zM19 5.8v12.4L9.8 12z",
  forward: "M15.8 5H18v14h-2.2zM5 5.8v12.4l9.2-6.2z",
  sound: "M4 9.5v5h3.4L12 19V5L7.4 9.5zM14.5 8.3v7.4c1.3-.7 2.2-2 2.2-3.7s-.9-3-2.2-3.7zM14.5 4.6v1.9c2.4.7 4.1 2.9 4.1 5.5s-1.7 4.8-4.1 5.5v1.9c3.5-.8 6-3.8 6-7.4s-2.5-6.6-6-7.4z",
  muted: "M4 9.5v5h3.4L12 19V5L7.4 9.5zM20.7 9.9l-1.3-1.3-2.1 2.1-2.1-2.1-1.3 1.3 2.1 2.1-2.1 2.1 1.3 1.3 2.1-2.1 2.1 2.1 1.3-1.3-2.1-2.1z",
  full: "M5 5h6v2H7v4H5zM13 5h6v6h-2V7h-4zM5 13h2v4h4v2H5zM17 13h2v6h-6v-2h4z",
  captions: "M4 6h16v12H4zm2 2v8h12V8zm1.5 2h4v1.5h-2.5v1h2.5V14h-4zm5 0h4v1.5H14v1h2.5V14h-4z",
  similar: "M4 5h9v6H4zM15 9h5v10H9v-6h6z",
  plus: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zm0 2a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM11 8h2v3h3v2h-3v3h-2v-3H8v-2h3z",
  minus: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zm0 2a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM8 11h8v2H8z",
  open: "M5 5h6v2H7v10h10v-4h2v6H5zM13 5h6v6h-2V8.4l-6.3 6.3-1.4-1.4L15.6 7H13z",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zm0 2a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM11 8h2v2h-2zm0 3.5h2V16h-2z",
  edit: "M5 16.2V19h2.8l8.5-8.5-2.8-2.8zM18.6 8.2c.3-.3.3-.8 0-1.1l-1.7-1.7a.8.8 0 0 0-1.1 0l-1.3 1.3 2.8 2.8z",
  repeat: "M7 7h9v3l4-4-4-4v3H5v6h2zM17 17H8v-3l-4 4 4 4v-3h11v-6h-2z",
  remove: "M8 4h8v2h4v2H4V6h4zM6 9.5h12L17.2 20H6.8z",
  link: "M10.6 13.4a1 1 0 0 0 1.4 0l3-3a1 1 0 0 0-1.4-1.4l-3 3a1 1 0 0 0 0 1.4zM7.8 18.3a3 3 0 0 1-2.1-5.1l2.8-2.8 1.4 1.4-2.8 2.8a1 1 0 0 0 1.4 1.4l2.8-2.8 1.4 1.4-2.8 2.8a3 3 0 0 1-2.1.9zM15.5 13.6l-1.4-1.4 2.8-2.8A1 1 0 0 0 15.5 8l-2.8 2.8-1.4-1.4 2.8-2.8a3 3 0 0 1 4.2 4.2z",
  keep: "M7 4h10v16l-5-4-5 4zm2 2v9.9l3-2.4 3 2.4V6z",
  close: "M6.4 5 5 6.4 10.6 12 5 17.6 6.4 19 12 13.4 17.6 19 19 17.6 13.4 12 19 6.4 17.6 5 12 10.6z",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  attributes(svg, { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" });
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

function iconButton(name, label, className = "") {
  const button = make("button", `icon-button ${className}`);
  attributes(button, { type: "button", "aria-label": label, title: label });
  button.append(icon(name));
  return button;
}

function setIcon(button, name, label) {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.replaceChildren(icon(name));
  attributes(button, { "aria-label": label, title: label });
}

// An id that is new; `crypto.randomUUID` is missing on plain http from another machine.
function freshId() {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}

// True where a key press belongs to the thing that has the focus: a field, a menu, a slider, a chart.
function isTyping(event) {
  return event.composedPath().some((node) => {
    if (!(node instanceof HTMLElement)) return false;
    if (node.isContentEditable) return true;
    const role = node.getAttribute("role");
    if (role === "textbox" || role === "combobox" || role === "listbox" || role === "dialog") return true;
    if (node.tagName === "TEXTAREA" || node.tagName === "SELECT") return true;
    return node.tagName === "INPUT" && !["button", "checkbox", "radio"].includes(node.type);
  });
}
