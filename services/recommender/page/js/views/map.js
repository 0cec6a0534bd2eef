/** The map of a version's movies: near one another lies what is liked by the same people. */
import { api, segment } from "../api.js";
import { addressOf } from "../components/movie_card.js";
import { MovieSearch } from "../components/movie_search.js";
import { spoken } from "../components/cover.js";
import { ErrorNotice, Notice } from "../components/notice.js";
import { html, useMemo, useRef, useState } from "../html.js";
import { cameraOf, textOf, whole } from "../map/camera.js";
import { MapField } from "../map/field.js";
import { pointsOf, wordsOf } from "../map/points.js";
import { useResource } from "../resource.js";
import { navigate, setQuery, usePlace } from "../router.js";
import { loadStyle } from "../styles.js";
import { useTitle } from "../title.js";
import { count } from "../words.js";

/** @typedef {import("../map/points.js").Points} Points */

export default function MapView() {
  useTitle("Map");
  return html`<div class="stack">
    <h1>The map of films</h1>
    <${MovieMap} />
  </div>`;
}

/** The map of the version that the address names, and else of the one that is served. */
export function MovieMap() {
  const asked = usePlace().query.get("version") ?? "";
  const found = useResource(
    async (signal) => {
      const version = asked || (await api.get("/readyz", { signal })).model?.version;
      if (!version) return { version: null, points: null };
      const [map] = await Promise.all([api.get(`/v1/models/${segment(version)}/map`, { signal }), loadStyle("map")]);
      return { version, points: map.items.length ? pointsOf(map) : null };
    },
    [asked],
    { keep: false },
  );
  if (found.error?.status === 404) {
    return html`<${Notice} title="There is no map of this version"><p>${found.error.detail}</p><//>`;
  }
  if (found.error) return html`<${ErrorNotice} error=${found.error} retry=${found.retry} />`;
  if (!found.data)
    return html`<div class="skeleton map__skeleton" aria-busy="true"><p class="for-readers">Loading</p></div>`;
  const { version, points } = found.data;
  if (!points) {
    return html`<${Notice} title="There is no map yet"><p>The first training that is served lays one out.</p><//>`;
  }
  return html`<${Flight} key=${version} version=${version} points=${points} />`;
}

/** @param {{ version: string, points: Points }} props */
function Flight({ version, points }) {
  const { query } = usePlace();
  const handle = useRef(/** @type {import("../map/field.js").Handle | null} */ (null));
  const [listed, setListed] = useState(/** @type {number[]} */ ([]));
  const [missed, setMissed] = useState("");
  const genre = query.get("genre") ?? "";
  const kind = points.genres.findIndex(({ name }) => name === genre);
  const at = useMemo(() => cameraOf(query.get("at"), points.bounds), [query.get("at"), points]);
  const pick = (/** @type {import("../components/cover.js").Movie} */ movie) => {
    const place = points.places.get(movie.movieId);
    setMissed(
      place === undefined ? `${spoken(movie.title)} is not on the map: it holds the films that most people like.` : "",
    );
    if (place !== undefined) handle.current?.flyTo(place);
  };
  const settle = (/** @type {import("../map/camera.js").Camera} */ camera, /** @type {number[]} */ found) => {
    setListed(found);
    const text = textOf(camera);
    const wanted = text === textOf(whole(points.bounds)) ? null : text;
    if (wanted !== new URLSearchParams(location.search).get("at")) setQuery({ at: wanted }, { replace: true });
  };
  const rows = listed.map(
    (place) => html`<li key=${points.ids[place]}>
      <a href=${addressOf({ movieId: points.ids[place] })} onFocus=${() => handle.current?.show(place)} onMouseEnter=${() => handle.current?.show(place)}>
        <${Swatch} points=${points} kind=${points.kinds[place]} />${wordsOf(points, place)}
      </a>
    </li>`,
  );
  return html`
    <p class="quiet map__lead">The ${count(points.ids.length)} films that most people like, as version ${version} knows them. Near one another lies
      what the same people like; how far apart groups are says little. Drag and zoom, or search.</p>
    <div class="map">
      <${Legend} points=${points} kind=${kind} />
      <${MapField} points=${points} at=${at} kind=${kind} handle=${handle} onSettle=${settle}
        onOpen=${(/** @type {number} */ place) => navigate(addressOf({ movieId: points.ids[place] }))} />
      <aside class="map__side stack" aria-label="Films on the map">
        <${MovieSearch} label="Fly to a film" placeholder="Fly to a film" onPick=${pick} />
        <p class="small" role="status">${missed}</p>
        <h2>Best known in view</h2>
        ${rows.length ? html`<ol class="map__list">${rows}</ol>` : html`<p class="quiet">No film lies here.</p>`}
      </aside>
    </div>
  `;
}

/** @param {{ points: Points, kind: number }} props */
function Swatch({ points, kind }) {
  const number = kind === points.genres.length - 1 ? "other" : kind + 1;
  return html`<span class=${`map__swatch map__swatch--${number}`} aria-hidden="true"></span>`;
}

/** @param {{ points: Points, kind: number }} props kind: the genre that is shown alone, -1 for all */
function Legend({ points, kind }) {
  const only = (/** @type {string} */ genre) => () => setQuery({ genre }, { replace: true });
  const buttons = points.genres
    .map(({ name, count: films }, number) => ({ name, films, number }))
    .filter(({ films }) => films > 0)
    .map(
      ({
        name,
        films,
        number,
      }) => html`<button key=${name} class="map__genre" type="button" aria-pressed=${kind === number}
        onClick=${only(kind === number ? "" : name)}>
        <${Swatch} points=${points} kind=${number} />${name} <span class="quiet">${count(films)}</span>
      </button>`,
    );
  return html`<div class="map__legend" role="group" aria-label="Show one genre alone">
    ${buttons}
    ${kind >= 0 && html`<button class="map__genre" type="button" onClick=${only("")}>Show all</button>`}
  </div>`;
}
