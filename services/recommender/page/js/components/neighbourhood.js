/** A movie's neighbourhood in the graph, as a drawing whose nodes lead on. */
import { html } from "../html.js";
import { addressOf, nameOf } from "./movie_card.js";

const WIDTH = 820;
const HEIGHT = 560;
const MOST_FACTS = 9;
const MOST_MOVIES = 8;

/**
 * @param {any} movie with people and tags
 * @returns {{ key: string, kind: string, name: string, address: string }[]}
 */
function factsOf(movie) {
  const person = (/** @type {string} */ kind) => (/** @type {any} */ one) => {
    const name = typeof one === "string" ? one : (one.name ?? one.personId);
    return { key: `p:${name}`, kind, name, address: `/discover?person=${encodeURIComponent(name)}` };
  };
  const found = [
    ...(movie.directors ?? []).slice(0, 2).map(person("director")),
    ...(movie.actors ?? []).slice(0, 3).map(person("actor")),
    ...movie.genres.slice(0, 4).map((/** @type {string} */ name) => ({ key: `g:${name}`, kind: "genre", name, address: `/discover?genre=${encodeURIComponent(name)}` })),
    ...(movie.tags ?? []).slice(0, 3).map((/** @type {any} */ one) => {
      const name = one.name ?? one;
      return { key: `t:${name}`, kind: "tag", name, address: `/discover?tag=${encodeURIComponent(name)}` };
    }),
  ];
  return [...new Map(found.map((one) => [one.key, one])).values()].slice(0, MOST_FACTS);
}

/** @param {string} name @param {number} most */
const cut = (name, most) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);

/**
 * @param {{ movie: any, similar: any[] }} props
 */
export function Neighbourhood({ movie, similar }) {
  const facts = factsOf(movie);
  const movies = similar.slice(0, MOST_MOVIES);
  const [middleX, middleY] = [WIDTH / 2, HEIGHT / 2];
  const on = (/** @type {number} */ place, /** @type {number} */ of, /** @type {number} */ across, /** @type {number} */ down, /** @type {number} */ turn) => {
    const angle = (place / Math.max(of, 1)) * 2 * Math.PI + turn;
    return { x: middleX + Math.cos(angle) * across, y: middleY + Math.sin(angle) * down };
  };
  const factPlaces = new Map(facts.map((fact, place) => [fact.key, on(place, facts.length, 165, 120, -Math.PI / 2)]));
  const placed = movies.map((other, place) => ({ other, ...on(place, movies.length, 330, 235, -Math.PI / 2 + Math.PI / 8) }));
  const lines = facts.map((fact) => {
    const { x, y } = /** @type {any} */ (factPlaces.get(fact.key));
    return html`<line key=${fact.key} x1=${middleX} y1=${middleY} x2=${x} y2=${y} />`;
  });
  const shared = placed.flatMap(({ other, x, y }) =>
    factsOf(other)
      .filter((fact) => factPlaces.has(fact.key))
      .map((fact) => {
        const at = /** @type {any} */ (factPlaces.get(fact.key));
        return html`<line key=${`${other.movieId} ${fact.key}`} class="is-shared" x1=${x} y1=${y} x2=${at.x} y2=${at.y} />`;
      }),
  );
  const label = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ away) =>
    html`<text x=${x} y=${y + away} text-anchor="middle">${text}</text>`;
  return html`<figure class="neighbourhood">
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label=${`What is around ${nameOf(movie)} in the graph`}>
      <g class="neighbourhood__lines">${shared}${lines}</g>
      ${placed.map(({ other, x, y }) => html`<a key=${other.movieId} href=${addressOf(other)} class="node node--movie">
        <rect x=${x - 11} y=${y - 15} width="22" height="30" rx="3" />${label(cut(nameOf(other), 20), x, y, 32)}
      </a>`)}
      ${facts.map((fact) => {
        const { x, y } = /** @type {any} */ (factPlaces.get(fact.key));
        return html`<a key=${fact.key} href=${fact.address} class=${`node node--${fact.kind}`} aria-label=${`${fact.kind} ${fact.name}`}>
          <circle cx=${x} cy=${y} r="9" />${label(cut(fact.name, 18), x, y, 26)}
        </a>`;
      })}
      <g class="node node--centre"><rect x=${middleX - 18} y=${middleY - 25} width="36" height="50" rx="4" />${label(cut(nameOf(movie), 26), middleX, middleY, 46)}</g>
    </svg>
    <figcaption>Around it the people, genres and tags it is connected with; outside, films liked by the same people. Every node leads on.</figcaption>
  </figure>`;
}
