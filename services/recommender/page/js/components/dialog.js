/** A window over the page: the rest waits, Escape and a press beside it close it, focus returns to where it was. */
import { html, useEffect, useId, useRef } from "../html.js";
import { Icon } from "./icon.js";

/** @param {{ title: string, onClose: () => void, children?: any }} props */
export function Dialog({ title, onClose, children }) {
  const id = useId();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const opener = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.current?.showModal();
    return () => opener?.focus({ preventScroll: true });
  }, []);
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    if (event.target === dialog.current) onClose();
  };
  return html`<dialog class="dialog" ref=${dialog} aria-labelledby=${id} onClose=${onClose} onClick=${onClick}>
    <div class="dialog__body">
      <div class="dialog__head">
        <h2 id=${id}>${title}</h2>
        <button class="button button--plain button--icon" type="button" aria-label="Close" onClick=${onClose}>
          <${Icon} name="close" />
        </button>
      </div>
      ${children}
    </div>
  </dialog>`;
}
