// What a component has on the page: made by the first update, closed once it has left the page.
//
// Streamlit imports a component's module anew for every update. One that comes before that import has ended
// makes it call the clean-up of the former, though nothing has left: two quick reruns on a busy machine would
// stop the film, empty the list of results, and forget changes that are not written yet.
// So a clean-up closes only what is not on the page any more.

// `make(parent)` returns an object with `update(data, setTriggerValue)` and `close()`.
function onPage(make) {
  const shown = new WeakMap();
  return ({ data, parentElement, setTriggerValue }) => {
    if (!shown.has(parentElement)) shown.set(parentElement, make(parentElement));
    shown.get(parentElement).update(data, setTriggerValue);
    return () => {
      if (parentElement.isConnected) return;
      shown.get(parentElement)?.close();
      shown.delete(parentElement);
    };
  };
}
