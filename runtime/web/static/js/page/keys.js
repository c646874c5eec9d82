/** Single-key shortcuts. They can be turned off, and leave fields and browser shortcuts alone. */

/** @param actions functions by `KeyboardEvent.key`, lower case. */
export function listen(actions, enabled) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (!enabled() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (document.querySelector("dialog[open]") || target.closest("select, input[type=text]")) return;
    // Space presses the button or box that has the focus
    if (event.key === " " && target.closest("button, input, a, label")) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
