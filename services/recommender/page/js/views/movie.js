/** A movie: its facts, what is like it, what surrounds it in the graph, and who would like it. */
import { api, segment } from "../api.js";
import { Audience } from "../components/audience.js";
import { Cover, spoken } from "../components/cover.js";
import { Graph } from "../components/graph.js";
import { MovieActions } from "../components/movie_actions.js";
import { ErrorNotice, Missing } from "../components/notice.js";
import { Similar } from "../components/similar.js";
import { html } from "../html.js";
import { remember } from "../picks.js";
import { useResource } from "../resource.js";
import { usePlace } from "../router.js";
import { useTitle } from "../title.js";
import { count } from "../words.js";

/** @typedef {import("../components/cover.js").Movie} Movie */

const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** @param {string} code */
function language(code) {
  try {
    return LANGUAGES.of(code) ?? code;
  } catch {
    return code; // the source has a language that is none
  }
}

/** @param {{ name: string, children: any }} props */
function Fact({ name, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}

/** @param {{ movie: Movie & Record<string, any> }} props */
function Head({ movie }) {
  const { year, genres = [], directors = [], actors = [], tags = [], ratingsCount } = movie;
  const home = `/movies/${segment(movie.movieId)}`;
  /** @param {string} way @param {string} name */
  const around = (way, name) => `${home}?around=${encodeURIComponent(`${way}:${name}`)}#around`;
  /** @param {string} way @param {string[]} names */
  const links = (way, names) => names.map((name, n) => html`${n ? ", " : ""}<a href=${around(way, name)}>${name}</a>`);
  return html`<section class="film">
    <div class="film__cover"><${Cover} movie=${movie} /></div>
    <div class="film__facts">
      <div>
        <h1 class="film__title">${spoken(movie.title)}</h1>
        <p class="film__year">${[year, movie.language && language(movie.language)].filter(Boolean).join(" · ") || "Of an unknown year"}</p>
      </div>
      ${
        genres.length > 0 &&
        html`<ul class="row film__genres" aria-label="Genres">
          ${genres.map((genre) => html`<li key=${genre}><a class="tag" href=${`/discover?genre=${encodeURIComponent(genre)}`}>${genre}</a></li>`)}
        </ul>`
      }
      <${MovieActions} movie=${movie} />
      <dl class="film__list">
        ${directors.length > 0 && html`<${Fact} name="Directed by">${links("director", directors)}<//>`}
        ${actors.length > 0 && html`<${Fact} name="With">${links("actor", actors)}<//>`}
        ${tags.length > 0 && html`<${Fact} name="Tagged">${links("tag", tags.slice(0, 8))}<//>`}
        <${Fact} name="Ratings">${ratingsCount ? count(ratingsCount) : "none yet"}<//>
      </dl>
    </div>
  </section>`;
}

/** @param {{ movieId: string }} props */
export default function MovieView({ movieId }) {
  const { query } = usePlace();
  const { state, data, error, retry } = useResource(
    async (signal) => {
      const movie = await api.get(`/v1/movies/${segment(movieId)}`, { signal });
      remember(movie);
      return movie;
    },
    [movieId],
  );
  const movie = data?.movieId === movieId ? data : null;
  useTitle(movie ? spoken(movie.title) : "Film");
  if (state === "error" && error.status === 404) return html`<${Missing} what="film" />`;
  if (state === "error") return html`<${ErrorNotice} error=${error} retry=${retry} level=${1} />`;
  const shown = movie ?? data; // until the next has come, the one before stays: the drawing is followed without a flicker
  if (!shown) {
    return html`<div class="film" aria-busy="true">
      <p class="for-readers">Loading</p>
      <div class="film__cover skeleton skeleton--cover" aria-hidden="true"></div>
      <div class="film__facts" aria-hidden="true">
        <div class="skeleton skeleton--heading"></div>
        ${[60, 40, 50].map((width) => html`<div class="skeleton skeleton--text" style=${{ width: `${width}%` }}></div>`)}
      </div>
    </div>`;
  }
  return html`
    <${Head} movie=${shown} />
    <${Similar} movieId=${shown.movieId} metric=${query.get("metric") ?? "cosine"} />
    <section class="section" id="around" aria-labelledby="around-title">
      <div class="section__head">
        <div>
          <h2 id="around-title">Around it</h2>
          <p class="quiet">What it shares with others in the graph. Follow any of them.</p>
        </div>
      </div>
      <${Graph} movie=${shown} around=${query.get("around")} />
    </section>
    <section class="section" aria-labelledby="audience-title">
      <div class="section__head">
        <div>
          <h2 id="audience-title">Who would love it</h2>
          <p class="quiet">Of the viewers who have not rated it, those for whom the model scores it highest.</p>
        </div>
      </div>
      <${Audience} movieId=${shown.movieId} />
    </section>
  `;
}
