/** Discover: name films that you love, and find the next ones. */
import { api } from "../api.js";
import { Icon } from "../components/icon.js";
import { CardButton, MovieCard, nameOf } from "../components/movie_card.js";
import { ErrorNotice, Notice } from "../components/notice.js";
import { SearchBox } from "../components/search_box.js";
import { GridSkeleton } from "../components/skeleton.js";
import { showToast } from "../components/toast.js";
import { Why } from "../components/why.js";
import { filterOf } from "../filters.js";
import { useFlip } from "../flip.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { moviesOf, remember } from "../movies.js";
import { joined, lastPicks, picksOf } from "../picks.js";
import { useResource } from "../resource.js";
import { setQuery, usePlace } from "../router.js";
import { useTitle } from "../title.js";

const SHOWN = 24;
const WAIT_MS = 60;

/** @param {string[]} ids @param {string} id */
const without = (ids, id) => ids.filter((one) => one !== id);

export default function Discover() {
  useTitle("");
  const { query } = usePlace();
  const picks = picksOf(query);
  const hasPicks = picks.likes.length > 0 || picks.dislikes.length > 0;
  const chosen = { genre: query.get("genre"), from: query.get("from"), to: query.get("to"), person: query.get("person"), tag: query.get("tag") };
  const filter = filterOf(chosen);
  const diversity = Number(query.get("diversity") ?? 0);
  const [why, setWhy] = useState(/** @type {any} */ (null));
  const [more, setMore] = useState(/** @type {{ key: string, items: any[], next: string | null }} */ ({ key: "", items: [], next: null }));

  const key = JSON.stringify([picks, filter, diversity]);
  useEffect(() => {
    if (hasPicks) lastPicks.set(picks);
  }, [key]);
  const ask = (/** @type {AbortSignal | undefined} */ signal, /** @type {string | null} */ cursor = null) =>
    hasPicks
      ? api.post("/v1/recommendations", { ...picks, limit: SHOWN, ...(filter && { filter }), ...(diversity && { diversity }), ...(cursor && { cursor }) }, { signal })
      : api.get("/v1/movies/popular", { query: { limit: SHOWN, filter, cursor }, signal });
  const found = useResource(
    async (signal) => {
      const answer = await ask(signal);
      remember(answer.items);
      return { ...answer, key };
    },
    [key],
    { delay: WAIT_MS },
  );
  const named = useResource(
    hasPicks ? (signal) => moviesOf([...picks.likes, ...picks.dislikes], signal) : null,
    [picks.likes.join(), picks.dislikes.join()],
  );
  const isMine = more.key === found.data?.key;
  const items = [...(found.data?.items ?? []), ...(isMine ? more.items : [])];
  const next = isMine ? more.next : found.data?.next;
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  useFlip(grid, [items.map((movie) => movie.movieId).join()]);
  const loadMore = async () => {
    try {
      const answer = await ask(undefined, next);
      remember(answer.items);
      setMore({ key: found.data.key, items: [...(isMine ? more.items : []), ...answer.items], next: answer.next });
    } catch (error) {
      showToast(/** @type {any} */ (error).detail);
    }
  };

  const setPicks = (/** @type {import("../picks.js").Picks} */ { likes, dislikes }) => {
    lastPicks.set({ likes, dislikes });
    setQuery({ picks: joined(likes), not: joined(dislikes) });
  };
  const like = (/** @type {any} */ movie) => {
    remember([movie]);
    setPicks({ likes: [...without(picks.likes, movie.movieId), movie.movieId], dislikes: without(picks.dislikes, movie.movieId) });
  };
  const dislike = (/** @type {any} */ movie) => {
    const before = picks;
    setPicks({ likes: without(picks.likes, movie.movieId), dislikes: [...without(picks.dislikes, movie.movieId), movie.movieId] });
    showToast(`${nameOf(movie)} counts against what is like it.`, { name: "Undo", run: () => setPicks(before) });
  };
  const drop = (/** @type {string} */ id) => setPicks({ likes: without(picks.likes, id), dislikes: without(picks.dislikes, id) });

  const cards = items.map(
    (movie) => html`<${MovieCard} key=${movie.movieId} movie=${movie}>
      <${CardButton} Icon=${Icon} icon="up" label=${`I like ${nameOf(movie)}`} onPress=${() => like(movie)} />
      <${CardButton} Icon=${Icon} icon="down" label=${`${nameOf(movie)} is not for me`} onPress=${() => dislike(movie)} />
      ${hasPicks && html`<${CardButton} Icon=${Icon} icon="question" label=${`Why ${nameOf(movie)}?`} onPress=${() => setWhy(movie)} />`}
    <//>`,
  );
  const chips = (named.data ?? []).map((movie) => {
    const isAgainst = picks.dislikes.includes(movie.movieId);
    return html`<li class="chip chip--removable" key=${movie.movieId}>
      ${isAgainst && html`<${Icon} name="down" />`}<span class="chip__text">${isAgainst && html`<span class="for-readers">Not for me: </span>`}${nameOf(movie)}</span>
      <button class="chip__remove" type="button" aria-label=${`Take ${nameOf(movie)} away`} onClick=${() => drop(movie.movieId)}><${Icon} name="close" /></button>
    </li>`;
  });
  let heading = "Loved by many";
  if (hasPicks) heading = found.data?.basis === "popular" ? "Popular films, until there is more to go by" : "For your taste";
  if (chosen.person || chosen.tag) heading = `${chosen.person ? `With ${chosen.person}` : `Tagged ${chosen.tag}`}${hasPicks ? ", for your taste" : ""}`;

  return html`
    <section class="hero">
      <h1 class="hero__title">Which films do you love?</h1>
      <p class="lead">Name two or three. What you may like next appears at once, and moves with every pick.</p>
      <${SearchBox} label="Films that you love" placeholder="Type a title" onPick=${like} isPicked=${(/** @type {string} */ id) => picks.likes.includes(id)} />
      ${hasPicks && html`<ul class="picks row" aria-label="Your picks">${chips}
        <li><button class="button button--plain" type="button" onClick=${() => setPicks({ likes: [], dislikes: [] })}>Begin anew</button></li>
      </ul>`}
    </section>
    <section aria-busy=${found.state === "loading"}>
      <div class="section__head">
        <h2>${heading}</h2>
        <${Controls} chosen=${chosen} diversity=${diversity} hasPicks=${hasPicks} />
      </div>
      <p class="for-readers" role="status">${found.state === "ready" ? `${items.length} films` : ""}</p>
      ${found.isSlow && html`<p class="slow" role="status">Still looking</p>`}
      ${found.state === "error" && !items.length && html`<${ErrorNotice} error=${found.error} retry=${found.retry} />`}
      ${!found.data && found.state === "loading" && html`<${GridSkeleton} />`}
      ${found.data && !items.length && html`<${Nothing} isFiltered=${filter !== ""} />`}
      <ul ref=${grid} class=${`grid ${found.state === "loading" ? "is-stale" : ""}`}>${cards}</ul>
      ${next && html`<p class="more"><button class="button button--quiet" type="button" onClick=${loadMore}>More films</button></p>`}
    </section>
    ${why && html`<${Why} movie=${why} taste=${picks} onClose=${() => setWhy(null)} />`}
  `;
}

/** @param {{ isFiltered: boolean }} props */
function Nothing({ isFiltered }) {
  if (isFiltered) {
    return html`<${Notice} title="No film fits">
      <p>There is none of this kind and time. Widen the years, or take another genre.</p>
      <button class="button button--quiet" type="button" onClick=${() => setQuery({ genre: null, from: null, to: null, person: null, tag: null })}>Show all kinds</button>
    <//>`;
  }
  return html`<${Notice} title="The house is dark">
    <p>There are no films here yet. Whoever runs this server brings them in at the studio.</p>
    <a class="button button--quiet" href="/studio/data">To the studio</a>
  <//>`;
}

/** @param {{ chosen: Record<string, string | null>, diversity: number, hasPicks: boolean }} props */
function Controls({ chosen, diversity, hasPicks }) {
  const genres = useResource(async (signal) => {
    const { items } = await api.get("/v1/movies/popular", { query: { limit: 200 }, signal });
    return [...new Set(items.flatMap((/** @type {any} */ movie) => movie.genres))].sort();
  }, []);
  const change = (/** @type {string} */ name) => (/** @type {any} */ event) => setQuery({ [name]: event.target.value }, { replace: true });
  const options = [...new Set([...(genres.data ?? []), ...(chosen.genre ? [chosen.genre] : [])])];
  return html`<div class="controls" role="group" aria-label="Which films">
    <div class="field">
      <label for="genre">Genre</label>
      <select class="select" id="genre" value=${chosen.genre ?? ""} onChange=${change("genre")}>
        <option value="">All</option>
        ${options.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>
    </div>
    <fieldset class="field years">
      <legend class="label">Years</legend>
      <div class="row">
        <input class="input" inputmode="numeric" maxlength="4" size="4" aria-label="From the year" placeholder="from" value=${chosen.from ?? ""} onInput=${change("from")} />
        <input class="input" inputmode="numeric" maxlength="4" size="4" aria-label="To the year" placeholder="to" value=${chosen.to ?? ""} onInput=${change("to")} />
      </div>
    </fieldset>
    ${hasPicks && html`<div class="field">
      <label for="diversity">Diversity</label>
      <input class="slider" id="diversity" type="range" min="0" max="0.9" step="0.1" value=${diversity} aria-valuetext=${`${Math.round(diversity * 100)} %`}
        onInput=${(/** @type {any} */ event) => setQuery({ diversity: event.target.value === "0" ? null : event.target.value }, { replace: true })} />
    </div>`}
  </div>`;
}
