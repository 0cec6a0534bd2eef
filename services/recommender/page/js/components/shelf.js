/** A row of movies that is scrolled sideways, under a heading. */
import { html } from "../html.js";
import { MovieCard } from "./movie_card.js";

/**
 * @param {{ title: string, movies: import("./cover.js").Movie[] }} props
 */
export function Shelf({ title, movies }) {
  return html`<section class="section">
    <div class="section__head"><h2>${title}</h2></div>
    <div class="shelf" tabindex="0" role="region" aria-label=${title}>
      ${movies.map((movie) => html`<${MovieCard} key=${movie.movieId} movie=${movie} />`)}
    </div>
  </section>`;
}
