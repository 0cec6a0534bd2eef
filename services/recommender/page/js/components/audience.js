/** The users whom the model expects to like a movie most. */
import { api, segment } from "../api.js";
import { html } from "../html.js";
import { useResource } from "../resource.js";
import { ErrorNotice } from "./notice.js";

const SHOWN = 8;
const LOCKED = [401, 403];

/** @param {{ movieId: string }} props */
export function Audience({ movieId }) {
  const path = `/v1/movies/${segment(movieId)}/audience`;
  const { state, data, error, retry } = useResource(
    (signal) => api.get(path, { query: { limit: SHOWN }, signal }),
    [movieId],
    { keep: false },
  );
  if (state === "error" && LOCKED.includes(error.status)) {
    return html`<p class="quiet">Who likes a film is told to those who run this server.</p>`;
  }
  if (state === "error") return html`<${ErrorNotice} error=${error} retry=${retry} level=${3} />`;
  if (!data) return html`<div class="skeleton audience__skeleton" aria-busy="true"></div>`;
  if (!data.items.length) return html`<p class="quiet">There is no model yet that knows who would.</p>`;
  const scores = data.items.map((/** @type {any} */ one) => one.score);
  const most = Math.max(...scores);
  const least = Math.min(0, ...scores);
  const rows = data.items.map(
    (/** @type {any} */ one) =>
      html`<li key=${one.userId}>
        <span class="audience__name">Viewer ${one.userId}</span>
        <span class="why__bar" aria-hidden="true"><span style=${{ width: `${(100 * (one.score - least)) / (most - least || 1)}%` }}></span></span>
        <span class="audience__score">${one.score.toFixed(2)}</span>
      </li>`,
  );
  return html`<ul class="audience">${rows}</ul>`;
}
