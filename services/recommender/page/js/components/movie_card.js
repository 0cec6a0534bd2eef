/** A movie in a grid or a row: its cover, which leads to it, and what can be done with it. */
import { segment } from "../api.js";
import { html } from "../html.js";
import { Cover, spoken } from "./cover.js";

/**
 * Year and genres in a line.
 * @param {import("./cover.js").Movie} movie
 */
export function facts(movie) {
  return [movie.year, ...(movie.genres ?? []).slice(0, 2)].filter(Boolean).join(" · ");
}

/** @param {{ movieId: string }} movie */
export const addressOf = (movie) => `/movies/${segment(movie.movieId)}`;

/**
 * @param {{ movie: import("./cover.js").Movie, over?: any, children?: any }} props
 *   over: a button on the cover; children: actions below it
 */
export function MovieCard({ movie, over, children }) {
  return html`<article class="movie" data-key=${movie.movieId}>
    <a class="movie__link" href=${addressOf(movie)}>
      <${Cover} movie=${movie} />
      <span class="movie__title">${spoken(movie.title)}</span>
      <span class="movie__facts">${facts(movie) || "\u00a0"}</span>
    </a>
    ${over && html`<div class="movie__over">${over}</div>`}
    ${children && html`<div class="movie__actions">${children}</div>`}
  </article>`;
}
