/** Why a movie is recommended: a dialog with the reason in words, what adds to its score, and what connects it. */
import { api } from "../api.js";
import { html } from "../html.js";
import { useResource } from "../resource.js";
import { spoken } from "./cover.js";
import { Dialog } from "./dialog.js";
import { addressOf } from "./movie_card.js";
import { ErrorNotice } from "./notice.js";

/** @typedef {import("./cover.js").Movie} Movie */

/** @type {Record<string, string>} */
const WAYS = { director: "directed by", actor: "with", tag: "tagged", genre: "both", year: "both from" };

/** @param {{ link: { way: string, name: string, movies: number } }} props */
function Link({ link }) {
  return html`<span class="why__link">${WAYS[link.way] ?? ""} <b>${link.name}</b></span>`;
}

/** @param {{ explanation: any }} props */
function Reasons({ explanation }) {
  const { contributions, nearest, paths, sentence } = explanation;
  const parts = contributions.map((/** @type {any} */ one) => ({ ...one, part: one.share }));
  const alike = nearest.map((/** @type {any} */ one) => ({ ...one, part: one.similarity }));
  const shown = parts.length ? parts : alike;
  const most = Math.max(...shown.map((/** @type {any} */ one) => one.part), 1e-9);
  return html`<div class="stack">
    <p class="why__sentence">${sentence}</p>
    ${
      shown.length > 0 &&
      html`<section>
        <h3 class="label">${parts.length ? "What adds most to its score" : "What it is most like"}</h3>
        <ul class="why__bars">
          ${shown.map(
            (/** @type {any} */ one) =>
              html`<li key=${one.movieId}>
                <span>${spoken(one.title)}</span>
                <span class="why__bar" aria-hidden="true"><span style=${{ width: `${Math.max(3, (100 * one.part) / most)}%` }}></span></span>
                <span class="why__number">${one.part.toFixed(2)}</span>
              </li>`,
          )}
        </ul>
      </section>`
    }
    ${
      paths.length > 0 &&
      html`<section>
        <h3 class="label">What connects it with yours</h3>
        <ul class="why__paths">
          ${paths.map(
            (/** @type {any} */ one) =>
              html`<li key=${one.movieId}>
                <a href=${addressOf(one)}>${spoken(one.title)}</a>
                ${one.links.map((/** @type {any} */ link) => html`<${Link} link=${link} />`)}
              </li>`,
          )}
        </ul>
      </section>`
    }
  </div>`;
}

/**
 * @param {{ movie: Movie, load: (signal: AbortSignal) => Promise<any>, onClose: () => void }} props
 *   load: the explanation, as the API answers it
 */
export function Why({ movie, load, onClose }) {
  const { state, data, error, retry } = useResource(load, [movie.movieId]);
  let body;
  if (state === "error") body = html`<${ErrorNotice} error=${error} retry=${retry} level=${3} />`;
  else if (!data) {
    body = html`<div class="stack" aria-busy="true">
      ${[90, 70, 80].map((width) => html`<div class="skeleton skeleton--text" style=${{ width: `${width}%` }}></div>`)}
    </div>`;
  } else body = html`<${Reasons} explanation=${data} />`;
  return html`<${Dialog} title=${`Why ${spoken(movie.title)}?`} onClose=${onClose}>${body}<//>`;
}

/**
 * The explanation of a movie to someone who likes these.
 * @param {string} movieId
 * @param {string[]} likes
 */
export const whyForPicks = (movieId, likes) => async (/** @type {AbortSignal} */ signal) => {
  const answer = await api.post("/v1/explanations", { movieIds: [movieId], likes }, { signal });
  return answer.items[0].explanation;
};
