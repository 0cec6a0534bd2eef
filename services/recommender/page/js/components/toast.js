/** Short messages at the foot of the page, with one thing to do: most often, undo. */
import { html } from "../html.js";
import { createStore, useStore } from "../store.js";

/** @typedef {{ id: number, text: string, action?: { name: string, run: () => void } }} Toast */

const LASTS_MS = 7_000;
const toasts = createStore(/** @type {Toast[]} */ ([]));
let last = 0;

/** @param {number} id */
const remove = (id) => toasts.set(toasts.get().filter((toast) => toast.id !== id));

/**
 * Show a message for a while.
 * @param {string} text
 * @param {Toast["action"]} [action]
 */
export function showToast(text, action) {
  last += 1;
  const id = last;
  toasts.set([...toasts.get().slice(-2), { id, text, action }]);
  setTimeout(() => remove(id), LASTS_MS);
}

export function Toasts() {
  const shown = useStore(toasts).map(({ id, text, action }) => {
    const act = () => {
      remove(id);
      action?.run();
    };
    return html`<div class="toast" key=${id}>
      <p>${text}</p>
      ${action && html`<button type="button" onClick=${act}>${action.name}</button>`}
    </div>`;
  });
  return html`<div class="toasts" role="status" aria-live="polite">${shown}</div>`;
}
