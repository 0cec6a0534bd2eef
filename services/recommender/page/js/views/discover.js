/** Discover: name a few films, and see at once what to watch next. No account is needed. */
import { api } from "../api.js";
import { spoken } from "../components/cover.js";
import { DiscoverControls } from "../components/discover_controls.js";
import { Icon } from "../components/icon.js";
import { MovieCard } from "../components/movie_card.js";
import { MovieSearch } from "../components/movie_search.js";
import { ErrorNotice, Notice } from "../components/notice.js";
import { GridSkeleton } from "../components/skeleton.js";
import { showToast } from "../components/toast.js";
import { Why, whyForPicks } from "../components/why.js";
import { useFlip } from "../flip.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { filterOf, MAX_PICKS, moviesOf, picks, picksText, readAsked, remember } from "../picks.js";
import { useResource } from "../resource.js";
import { setQuery, usePlace } from "../router.js";
import { useTitle } from "../title.js";

/** @typedef {import("../components/cover.js").Movie} Movie */

const SHOWN = 24;
const LEADS = [
  "Type a title, or tap the plus on a film below. Recommendations come at once, and change with every pick.",
  "A good start. Two more make the list yours.",
  "One more, and it knows you well.",
];

/** @param {{ movies: Movie[], onRemove: (movie: Movie) => void, onClear: () => void }} props */
function Chips({ movies, onRemove, onClear }) {
  return html`<ul class="picks" aria-label="Your picks">
    ${movies.map(
      (movie) =>
        html`<li key=${movie.movieId} class="chip chip--removable">
          <span class="chip__text">${spoken(movie.title)}</span>
          <button class="chip__remove" type="button" aria-label=${`Remove ${spoken(movie.title)}`} onClick=${() => onRemove(movie)}>
            <${Icon} name="close" />
          </button>
        </li>`,
    )}
    ${movies.length > 1 && html`<li><button class="button button--plain" type="button" onClick=${onClear}>Clear all</button></li>`}
  </ul>`;
}

export default function Discover() {
  useTitle("Discover");
  const { query } = usePlace();
  const asked = readAsked(query);
  const { likes, diversity } = asked;
  const filter = filterOf(asked);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  const [why, setWhy] = useState(/** @type {Movie | null} */ (null));

  // An address without picks goes on with those that were named before.
  useEffect(() => {
    if (!query.has("picks") && picks.get().length) setQuery({ picks: picksText(picks.get()) }, { replace: true });
  }, []);
  useEffect(() => {
    const ids = readAsked(new URLSearchParams(location.search)).likes;
    if (ids.join() !== picks.get().join()) picks.set(ids);
  }, [likes.join()]);

  const chosen = useResource((signal) => moviesOf(likes, signal), [likes.join()]);
  const body = { likes, filter, diversity: likes.length ? diversity : 0, limit: SHOWN };
  const key = JSON.stringify(body);
  const list = useResource(
    async (signal) => {
      const ids = (await moviesOf(likes, signal)).map((movie) => movie.movieId); // a kept pick may be gone
      return { ...(await api.post("/v1/recommendations", { ...body, likes: ids }, { signal })), key };
    },
    [key],
    { delay: 40 },
  );
  const [more, setMore] = useState({ key: "", items: /** @type {Movie[]} */ ([]), next: "", isLoading: false });
  const added = more.key === list.data?.key ? more : { key: "", items: [], next: "", isLoading: false };
  const movies = /** @type {Movie[]} */ (list.data ? [...list.data.items, ...added.items] : []);
  const next = added.key ? added.next : list.data?.next;
  useFlip(grid, [movies.map((movie) => movie.movieId).join()]);

  /** @param {string[]} ids */
  const setPicks = (ids) => {
    picks.set(ids);
    setQuery({ picks: picksText(ids) });
  };
  /** @param {Movie} movie */
  const pick = (movie) => {
    if (likes.includes(movie.movieId)) return;
    if (likes.length >= MAX_PICKS) {
      showToast(`${MAX_PICKS} picks are enough. Take one away to name another.`);
      return;
    }
    remember(movie);
    setPicks([...likes, movie.movieId]);
  };
  /** @param {Movie} movie */
  const remove = (movie) => {
    setPicks(likes.filter((id) => id !== movie.movieId));
    input.current?.focus();
  };
  const clear = () => {
    const before = likes;
    setPicks([]);
    showToast("Your picks are cleared.", { name: "Undo", run: () => setPicks(before) });
    input.current?.focus();
  };
  const showMore = async () => {
    const all = { key: list.data.key, items: added.items, next };
    setMore({ ...all, isLoading: true });
    try {
      const answer = await api.post("/v1/recommendations", { ...body, cursor: next });
      setMore({ ...all, items: [...added.items, ...answer.items], next: answer.next, isLoading: false });
    } catch (error) {
      setMore({ ...all, isLoading: false });
      showToast(/** @type {Error} */ (error).message, { name: "Try again", run: showMore });
    }
  };

  const shownPicks = (chosen.data ?? []).filter((movie) => likes.includes(movie.movieId));
  const isByTaste = list.data?.basis === "picks";
  const isUnknown = list.data && shownPicks.length > 0 && !isByTaste && list.state === "ready";
  const heading = isByTaste ? "For your taste" : "Popular to begin with";

  let results;
  if (list.state === "error" && !list.data) {
    results = html`<${ErrorNotice} error=${list.error} retry=${list.retry} />`;
  } else if (!list.data) {
    results = html`<${GridSkeleton} count=${12} />`;
  } else if (!movies.length) {
    results = html`<${Notice} icon="search" title="Nothing fits all of that">
      <p>No film here is of that genre and those years, apart from those that you named.</p>
      <button class="button button--quiet" type="button" onClick=${() => setQuery({ genre: null, from: null, to: null })}>
        Show all genres and years
      </button>
    <//>`;
  } else {
    results = html`
      ${list.state === "error" && html`<${ErrorNotice} error=${list.error} retry=${list.retry} />`}
      <div class=${`grid ${list.state === "loading" ? "is-stale" : ""}`} ref=${grid}>
        ${movies.map(
          (movie) =>
            html`<${MovieCard}
              key=${movie.movieId}
              movie=${movie}
              over=${html`<button class="round" type="button" aria-label=${`Pick ${spoken(movie.title)}`} title="More like this" onClick=${() => pick(movie)}>
                <${Icon} name="plus" />
              </button>`}
            >
              ${isByTaste && html`<button class="text-button" type="button" aria-label=${`Why ${spoken(movie.title)}?`} onClick=${() => setWhy(movie)}>Why this?</button>`}
            <//>`,
        )}
      </div>
      ${next && html`<p class="more"><button class="button button--quiet" type="button" disabled=${added.isLoading} onClick=${showMore}>Show more</button></p>`}
    `;
  }

  return html`
    <section class="hero">
      <h1 class="hero__title">Name three films you love.</h1>
      <p class="lead">${LEADS[shownPicks.length] ?? "The list follows your picks. Name more, take some away, or narrow it down."}</p>
      <${MovieSearch} input=${input} onPick=${pick} picked=${likes} label="Find films by title" placeholder="A film you love …" />
      ${shownPicks.length > 0 && html`<${Chips} movies=${shownPicks} onRemove=${remove} onClear=${clear} />`}
    </section>
    <section class="results" aria-labelledby="results-title" aria-busy=${list.state === "loading"}>
      <div class="results__head">
        <h2 id="results-title">${list.data ? heading : "One moment"}</h2>
        ${list.isSlow && html`<span class="slow" role="status">This takes longer than usual …</span>`}
        <${DiscoverControls} asked=${asked} hasPicks=${likes.length > 0} onChange=${(/** @type {any} */ changes) => setQuery(changes, { replace: "diversity" in changes })} />
      </div>
      ${isUnknown && html`<p class="quiet results__note">The model does not know these films yet, so here is what most people rated.</p>`}
      <p class="for-readers" role="status">${list.state === "ready" ? `${heading}: ${movies.length} films` : ""}</p>
      ${results}
    </section>
    ${
      why &&
      html`<${Why} movie=${why} load=${whyForPicks(
        why.movieId,
        shownPicks.map((movie) => movie.movieId),
      )} onClose=${() => setWhy(null)} />`
    }
  `;
}
