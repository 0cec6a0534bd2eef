/** A movie in a grid or a row: its cover, which leads to it, and what can be done with it. */
import { segment } from "../api.js";
import { html } from "../html.js";
import { Cover } from "./cover.js";

/** @typedef {{ movieId: string, title: string | null, year: number | null, genres: string[], [more: string]: any }} Movie */

/** @param {Movie} movie */
export const addressOf = (movie) => `/movies/${segment(movie.movieId)}`;

/** @param {Movie} movie */
export const nameOf = (movie) => movie.title || movie.movieId;

/**
 * @param {{ movie: Movie, children?: any }} props children: what can be done with it
 */
export function MovieCard({ movie, children }) {
  const facts = [movie.year, ...(movie.genres ?? []).slice(0, 2)].filter(Boolean).join(" · ");
  return html`<li class="movie" data-key=${movie.movieId}>
    <a class="movie__link" href=${addressOf(movie)}>
      <${Cover} movie=${movie} />
      <span class="movie__title">${nameOf(movie)}</span>
      <span class="movie__facts">${facts || " "}</span>
    </a>
    ${children && html`<div class="movie__actions">${children}</div>`}
  </li>`;
}

/**
 * An icon that does something with a movie.
 * @param {{ icon: import("./icon.js").IconName | string, label: string, isOn?: boolean, onPress: () => void, Icon: any }} props
 */
export function CardButton({ icon, label, isOn = false, onPress, Icon }) {
  return html`<button class="button button--plain button--icon card-button" type="button" title=${label}
    aria-label=${label} aria-pressed=${isOn ? "true" : undefined} onClick=${onPress}>
    <${Icon} name=${icon} filled=${isOn} />
  </button>`;
}

/**
 * A row that is scrolled sideways, under a heading.
 * @param {{ title: string, children: any, more?: any }} props
 */
export function Shelf({ title, children, more }) {
  return html`<section class="section">
    <div class="section__head"><h2>${title}</h2>${more}</div>
    <ul class="shelf" tabindex="0" aria-label=${title}>${children}</ul>
  </section>`;
}
