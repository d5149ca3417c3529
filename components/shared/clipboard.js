// Copies text to the clipboard, also on plain http.

// The clipboard of a page that came over plain http from another machine: only this old way is left.
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  field.style.cssText = "position: fixed; top: 0; opacity: 0;";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

// True where the text is on the clipboard.
async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by the browser's settings: try the other way.
    }
  }
  return copyBySelection(text);
}
