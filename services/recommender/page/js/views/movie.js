/** A movie: facts, what is like it, who likes it, what is around it in the graph. */
import { api, segment } from "../api.js";
import { Cover } from "../components/cover.js";
import { Icon } from "../components/icon.js";
import { MovieCard, nameOf, Shelf } from "../components/movie_card.js";
import { Neighbourhood } from "../components/neighbourhood.js";
import { ErrorNotice, Missing } from "../components/notice.js";
import { Opinions } from "../components/opinions.js";
import { ViewSkeleton } from "../components/skeleton.js";
import { html, useEffect } from "../html.js";
import { remember } from "../movies.js";
import { joined, lastPicks } from "../picks.js";
import { useResource } from "../resource.js";
import { setQuery, usePlace } from "../router.js";
import { useSession } from "../session.js";
import { readTaste } from "../taste.js";
import { useTitle } from "../title.js";
import { count } from "../words.js";

/** @type {[value: string, name: string][]} */
const METRICS = [
  ["cosine", "Direction"],
  ["euclidean", "Distance"],
  ["dot", "Direction and fame"],
];

/** @param {{ movieId: string }} props */
export default function Movie({ movieId }) {
  const { query } = usePlace();
  const metric = METRICS.some(([value]) => value === query.get("metric")) ? query.get("metric") : "cosine";
  const found = useResource((signal) => api.get(`/v1/movies/${segment(movieId)}`, { signal }), [movieId], { keep: false });
  const similar = useResource(
    async (signal) => {
      const answer = await api.get(`/v1/movies/${segment(movieId)}/similar`, { query: { metric, limit: 16 }, signal });
      remember(answer.items);
      return answer;
    },
    [movieId, metric],
  );
  const movie = found.data;
  useTitle(movie ? nameOf(movie) : "");
  const { session } = useSession();
  const account = session?.account;
  useEffect(() => {
    if (account) readTaste(account.userId).catch(() => undefined); // without it the stars are empty
  }, [account?.userId]);
  if (found.state === "error" && !movie) {
    return found.error.status === 404 ? html`<${Missing} what="film" />` : html`<${ErrorNotice} error=${found.error} retry=${found.retry} />`;
  }
  if (!movie) return html`<${ViewSkeleton} />`;
  const people = (/** @type {any[] | null} */ some) =>
    (some ?? []).map((one) => {
      const name = typeof one === "string" ? one : (one.name ?? one.personId);
      return html`<a key=${name} href=${`/discover?person=${encodeURIComponent(name)}`}>${name}</a>`;
    });
  const tags = (movie.tags ?? []).slice(0, 12).map((/** @type {any} */ tag) => {
    const name = tag.name ?? tag;
    return html`<a class="tag" key=${name} href=${`/discover?tag=${encodeURIComponent(name)}`}>${name}</a>`;
  });
  const picks = lastPicks.get();
  const withThis = joined([...picks.likes.filter((id) => id !== movieId), movieId]);
  const metrics = METRICS.map(
    ([value, name]) => html`<label key=${value}><input type="radio" name="metric" value=${value} checked=${metric === value}
      onChange=${() => setQuery({ metric: value === "cosine" ? null : value }, { replace: true })} />${name}</label>`,
  );
  return html`<article>
    <header class="film">
      <div class="film__cover"><${Cover} movie=${movie} /></div>
      <div class="stack film__text">
        <div><h1>${nameOf(movie)}</h1><p class="lead">${[movie.year, movie.genres.join(", ")].filter(Boolean).join(" · ")}</p></div>
        <dl class="film__facts">
          ${movie.directors?.length > 0 && html`<div><dt>Directed by</dt><dd class="names">${people(movie.directors)}</dd></div>`}
          ${movie.actors?.length > 0 && html`<div><dt>With</dt><dd class="names">${people(movie.actors)}</dd></div>`}
          <div><dt>Ratings</dt><dd>${count(movie.ratingsCount)}</dd></div>
          ${movie.language && html`<div><dt>Language</dt><dd>${movie.language}</dd></div>`}
        </dl>
        ${tags.length > 0 && html`<p>${tags}</p>`}
        <div class="row">
          ${account
            ? html`<div class="row opinions"><${Opinions} movie=${movie} /></div>`
            : html`<a class="button" href=${`/discover?picks=${withThis}`}><${Icon} name="up" />I like it: what is next?</a>`}
        </div>
      </div>
    </header>
    <${Shelf} title="Films like it" more=${html`<fieldset><legend class="for-readers">Alike by</legend><div class="segments">${metrics}</div></fieldset>`}>
      ${(similar.data?.items ?? []).map((/** @type {any} */ other) => html`<${MovieCard} key=${other.movieId} movie=${other} />`)}
    <//>
    ${similar.state === "error" && html`<${ErrorNotice} error=${similar.error} retry=${similar.retry} />`}
    ${similar.data && html`<section class="section"><div class="section__head"><h2>Around it</h2></div>
      <${Neighbourhood} movie=${movie} similar=${similar.data.items} /></section>`}
    ${session?.scopes.includes("admin") && html`<${Audience} movieId=${movieId} />`}
  </article>`;
}

/** Who would like it, for those who may see others' data. @param {{ movieId: string }} props */
function Audience({ movieId }) {
  const found = useResource((signal) => api.get(`/v1/movies/${segment(movieId)}/audience`, { query: { limit: 10 }, signal }), [movieId]);
  if (!found.data?.items.length) return null;
  return html`<section class="section"><div class="section__head"><h2>Who would like it</h2></div>
    <ol class="row">${found.data.items.map((/** @type {any} */ one) => html`<li class="chip" key=${one.userId}>
      ${one.userId}<span class="small quiet">${one.hasRated ? "has rated it" : one.score.toFixed(2)}</span></li>`)}</ol>
  </section>`;
}
