// What a person chose in the player, kept for as long as the tab is open.

function remember(name, value) {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
}

function remembered(name, otherwise) {
  try {
    return sessionStorage.getItem(name) ?? otherwise;
  } catch {
    return otherwise;
  }
}
