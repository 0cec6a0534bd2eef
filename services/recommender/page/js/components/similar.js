/** Movies like a movie, by a metric of choice, which stands in the address. */
import { api, segment } from "../api.js";
import { html, useId } from "../html.js";
import { useResource } from "../resource.js";
import { setQuery } from "../router.js";
import { MovieCard } from "./movie_card.js";
import { ErrorNotice } from "./notice.js";
import { GridSkeleton } from "./skeleton.js";

/** @type {[metric: string, name: string, hint: string][]} */
const METRICS = [
  ["cosine", "Taste", "Films that the same people like: the angle between two films’ vectors."],
  ["dot", "Taste and weight", "The same, and films with a long vector, about which the model is surer, come first."],
  ["euclidean", "Distance", "The nearest points on the map of films."],
];
const SHOWN = 12;

/** @param {{ movieId: string, metric: string }} props */
export function Similar({ movieId, metric }) {
  const id = useId();
  const chosen = METRICS.find(([name]) => name === metric) ?? METRICS[0];
  const { state, data, error, retry } = useResource(
    (signal) =>
      api.get(`/v1/movies/${segment(movieId)}/similar`, { query: { metric: chosen[0], limit: SHOWN }, signal }),
    [movieId, chosen[0]],
  );
  let list;
  if (state === "error") list = html`<${ErrorNotice} error=${error} retry=${retry} level=${3} />`;
  else if (!data || data.movieId !== movieId) list = html`<${GridSkeleton} count=${6} />`;
  else if (!data.items.length) list = html`<p class="quiet">No film here shares anything with it.</p>`;
  else {
    list = html`<div class=${`grid grid--row ${state === "loading" ? "is-stale" : ""}`}>
      ${data.items.map((/** @type {any} */ movie) => html`<${MovieCard} key=${movie.movieId} movie=${movie} />`)}
    </div>`;
  }
  const isByContent = data?.basis === "content";
  return html`<section class="section" aria-labelledby=${id}>
    <div class="section__head">
      <div>
        <h2 id=${id}>Like it</h2>
        <p class="quiet">${isByContent ? "The model has not met it yet, so these share most with it." : chosen[2]}</p>
      </div>
      ${
        !isByContent &&
        html`<fieldset class="segments">
          <legend class="for-readers">Like by</legend>
          ${METRICS.map(
            ([name, title]) =>
              html`<label key=${name}>
                <input type="radio" name=${id} checked=${name === chosen[0]} onChange=${() => setQuery({ metric: name === "cosine" ? null : name }, { replace: true })} />
                ${title}
              </label>`,
          )}
        </fieldset>`
      }
    </div>
    ${list}
  </section>`;
}
