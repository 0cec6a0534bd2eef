/** For you: what suits who is logged in, and moves with what they say. */
import { api, segment } from "../api.js";
import { CardButton } from "../components/card_button.js";
import { spoken } from "../components/cover.js";
import { MovieCard } from "../components/movie_card.js";
import { ErrorNotice, Notice } from "../components/notice.js";
import { Opinions } from "../components/opinions.js";
import { Shelf } from "../components/shelf.js";
import { GridSkeleton, ViewSkeleton } from "../components/skeleton.js";
import { Why } from "../components/why.js";
import { useFlip } from "../flip.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { moviesOf, remember } from "../picks.js";
import { useResource } from "../resource.js";
import { useSession } from "../session.js";
import { readTaste, useTaste } from "../taste.js";
import { useTitle } from "../title.js";

export default function ForYou() {
  useTitle("For you");
  const { session, error } = useSession();
  if (!session && !error) return html`<${ViewSkeleton} />`;
  if (!session?.account) {
    return html`<${Notice} icon="user" title="For you, and nobody else" level=${1}>
      <p>With an account you rate films, keep some for later, and this page moves with all that you say. What you picked comes along.</p>
      <div class="row"><a class="button" href="/register?next=/for-you">Make an account</a>
        <a class="button button--quiet" href="/login?next=/for-you">Log in</a></div>
    <//>`;
  }
  return html`<${Rows} key=${session.account.userId} account=${session.account} />`;
}

/** @param {{ account: Record<string, any> }} props */
function Rows({ account }) {
  const { userId } = account;
  const taste = useTaste();
  const [why, setWhy] = useState(/** @type {any} */ (null));
  const [failed, setFailed] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const controller = new AbortController();
    readTaste(userId, controller.signal).catch((reason) => !controller.signal.aborted && setFailed(reason));
    return () => controller.abort();
  }, [userId]);
  const best = useResource(
    async (signal) => {
      const answer = await api.get(`/v1/users/${segment(userId)}/recommendations`, { query: { limit: 18 }, signal });
      answer.items.forEach(remember);
      return answer;
    },
    [userId, taste?.changes ?? 0],
  );
  const last = taste?.newest[0];
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  useFlip(grid, [(best.data?.items ?? []).map((/** @type {any} */ movie) => movie.movieId).join()]);
  if (failed && !taste) return html`<${ErrorNotice} error=${failed} />`;
  const cards = (best.data?.items ?? []).map(
    (/** @type {any} */ movie) => html`<${MovieCard} key=${movie.movieId} movie=${movie}>
      <${Opinions} movie=${movie} />
      ${best.data.basis === "history" && html`<${CardButton} icon="question" label=${`Why ${spoken(movie.title)}?`} onPress=${() => setWhy(movie)} />`}
    <//>`,
  );
  return html`<div>
    <h1>For ${account.displayName}</h1>
    <p class="lead">${
      best.data?.basis === "history"
        ? "From all that you have said, up to this moment."
        : "Popular films, until you have said what you like: rate a few."
    }</p>
    <section class="section" aria-busy=${best.state === "loading"} aria-label="For you">
      ${best.state === "error" && !best.data && html`<${ErrorNotice} error=${best.error} retry=${best.retry} />`}
      ${!best.data && best.state === "loading" && html`<${GridSkeleton} />`}
      <div ref=${grid} class=${`grid ${best.state === "loading" ? "is-stale" : ""}`}>${cards}</div>
    </section>
    ${last && html`<${Because} key=${last} movieId=${last} />`}
    ${taste && taste.watchlist.size > 0 && html`<${Kept} ids=${[...taste.watchlist]} />`}
    <${List} title="Popular now" path="/v1/movies/trending" />
    <${List} title="New" path="/v1/movies/newest" />
    ${why && html`<${Why} movie=${why} load=${whyForUser(userId, why.movieId)} onClose=${() => setWhy(null)} />`}
  </div>`;
}

/** @param {{ movieId: string }} props */
function Because({ movieId }) {
  const found = useResource(
    async (signal) => {
      const [[movie], similar] = await Promise.all([
        moviesOf([movieId], signal),
        api.get(`/v1/movies/${segment(movieId)}/similar`, { query: { limit: 12 }, signal }),
      ]);
      return { movie, items: similar.items };
    },
    [movieId],
  );
  if (!found.data?.movie || !found.data.items.length) return null;
  return html`<${Shelf} title=${`Because you liked ${spoken(found.data.movie.title)}`} movies=${found.data.items} />`;
}

/** @param {{ ids: string[] }} props */
function Kept({ ids }) {
  const found = useResource((signal) => moviesOf(ids, signal), [ids.join()]);
  return found.data?.length ? html`<${Shelf} title="Kept for later" movies=${found.data} />` : null;
}

/** @param {{ title: string, path: string }} props */
function List({ title, path }) {
  const found = useResource((signal) => api.get(path, { query: { limit: 12 }, signal }), [path]);
  return found.data?.items.length ? html`<${Shelf} title=${title} movies=${found.data.items} />` : null;
}

/**
 * The explanation of a movie to someone by all that they have said.
 * @param {string} userId
 * @param {string} movieId
 */
const whyForUser = (userId, movieId) => async (/** @type {AbortSignal} */ signal) =>
  (await api.get(`/v1/users/${segment(userId)}/movies/${segment(movieId)}/explanation`, { signal })).explanation;
