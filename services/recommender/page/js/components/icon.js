/** Icons as strokes on a field of 24 × 24, in the colour of the text around them. */
import { html } from "../html.js";

/** @type {Record<string, string>} */
const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M15.5 15.5L20 20",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  check: "M5 12.5l4.5 4.5L19 7.5",
  sun: "M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M19 5l-1.4 1.4M6.4 17.6L5 19",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
  retry: "M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7",
  offline:
    "M3 3l18 18M8.5 15.5a5 5 0 0 1 5.6-1M5 12a10 10 0 0 1 4-2.4M2 8.5A15 15 0 0 1 6.3 5.8M19 12a10 10 0 0 0-3.2-2.1M22 8.5A15 15 0 0 0 10.6 4.6M12 19.2v.1",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4",
  question: "M9.2 9a2.9 2.9 0 1 1 4.3 2.5c-1 .6-1.5 1.2-1.5 2.4M12 17.4v.1M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1.1 5.9L12 16.9l-5.3 2.8 1.1-5.9-4.3-4.1 5.9-.8z",
  up: "M7 21V10.5l4-7.5c1.5 0 2.5 1 2.5 2.5L13 9h5.5a2 2 0 0 1 2 2.3l-1 7a2.6 2.6 0 0 1-2.6 2.2zM3.5 10.5H7V21H3.5z",
  down: "M17 3v10.5l-4 7.5c-1.5 0-2.5-1-2.5-2.5L11 15H5.5a2 2 0 0 1-2-2.3l1-7a2.6 2.6 0 0 1 2.6-2.2zM20.5 13.5H17V3h3.5z",
  bookmark: "M6.5 3.5h11v17L12 16l-5.5 4.5z",
  hide: "M3 3l18 18M10.6 5.2A10 10 0 0 1 21.5 12a15 15 0 0 1-2.6 3.6M6.5 6.7A15 15 0 0 0 2.5 12c1.7 3.6 5.2 6.5 9.5 6.5a9 9 0 0 0 4.5-1.2M9.9 9.9a3 3 0 0 0 4.2 4.2",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  user: "M12 4a4 4 0 1 0 0 8a4 4 0 0 0 0-8M4 21a8 8 0 0 1 16 0",
  whole: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  arrow: "M5 12h14M13 6l6 6-6 6",
};

/**
 * @param {{ name: string, filled?: boolean }} props
 */
export function Icon({ name, filled = false }) {
  return html`<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false"
    fill=${filled ? "currentColor" : "none"} stroke="currentColor" stroke-width="1.75" stroke-linecap="round"
    stroke-linejoin="round"><path d=${PATHS[name]} /></svg>`;
}
