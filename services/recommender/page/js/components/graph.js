/** The drawing of a node's neighbourhood: covers for movies, labels for people, tags, genres and years; all are links. */
import { html, useEffect, useMemo, useState } from "../html.js";
import {
  aroundMovie,
  aroundThing,
  COVER_WIDTH,
  drawMovie,
  drawThing,
  keyOf,
  NARROW,
  short,
  thingOf,
  WIDE,
  widthOf,
} from "../neighbourhood.js";
import { useResource } from "../resource.js";
import { Cover, spoken } from "./cover.js";
import { addressOf } from "./movie_card.js";
import { ErrorNotice } from "./notice.js";

/** @typedef {import("./cover.js").Movie} Movie */
/** @typedef {import("../neighbourhood.js").GraphNode} GraphNode */

const NARROW_SCREEN = matchMedia("(width < 44rem)");
/** @type {Record<string, string>} */
const KINDS = { director: "Director", actor: "Actor", tag: "Tag", genre: "Genre", year: "Year" };

function useField() {
  const [isNarrow, setNarrow] = useState(NARROW_SCREEN.matches);
  useEffect(() => {
    const look = () => setNarrow(NARROW_SCREEN.matches);
    NARROW_SCREEN.addEventListener("change", look);
    return () => NARROW_SCREEN.removeEventListener("change", look);
  }, []);
  return isNarrow ? NARROW : WIDE;
}

/**
 * @param {{ node: GraphNode, home: string, field: import("../neighbourhood.js").Field }} props
 *   home: the address of the movie whose view this is
 */
function Node({ node, home, field }) {
  const { movie, thing, x, y, isFixed } = node;
  if (movie) {
    const width = isFixed ? field.middle : COVER_WIDTH;
    const name = spoken(movie.title);
    return html`<a class="graph__node" href=${addressOf(movie)} data-keep-scroll aria-label=${`${name}${movie.year ? `, ${movie.year}` : ""}`}
      aria-current=${isFixed ? "true" : undefined} transform=${`translate(${x} ${y})`}>
      <title>${name}</title>
      <svg x=${-width / 2} y=${-width * 0.75} width=${width} height=${width * 1.5}><${Cover} movie=${movie} /></svg>
      <rect class="graph__frame" x=${-width / 2} y=${-width * 0.75} width=${width} height=${width * 1.5} rx="3" />
      <text class="graph__name" y=${width * 0.75 + 16}>${short(name, isFixed ? 30 : field.name)}</text>
    </a>`;
  }
  if (!thing) return null;
  const width = widthOf(thing);
  return html`<a class=${`graph__node graph__thing graph__thing--${thing.way}`} data-keep-scroll aria-current=${isFixed ? "true" : undefined}
    href=${`${home}?around=${encodeURIComponent(keyOf(thing))}`} aria-label=${`${KINDS[thing.way]} ${thing.name}`}
    transform=${`translate(${x} ${y})`}>
    <title>${KINDS[thing.way]}: ${thing.name}${thing.movies ? `, ${thing.movies} films` : ""}</title>
    <rect x=${-width / 2} y="-17" width=${width} height="34" rx="17" />
    <text y="5">${short(thing.name)}</text>
  </a>`;
}

/**
 * @param {{ movie: Movie, around: string | null }} props around: the key of what stands in the middle instead
 */
export function Graph({ movie, around }) {
  const field = useField();
  const thing = around ? thingOf(around) : null;
  const key = thing ? around : movie.movieId;
  const found = useResource(
    async (signal) => ({
      key,
      movie,
      thing,
      things: thing ? await aroundThing(thing, signal) : null,
      whole: thing ? null : await aroundMovie(movie.movieId, signal),
    }),
    [key],
  );
  const drawing = useMemo(() => {
    if (!found.data) return null;
    const { thing: middle, things, whole, movie: of } = found.data;
    return middle && things ? drawThing(middle, things, field) : whole && drawMovie(of, whole, field);
  }, [found.data, field]);

  if (found.state === "error") return html`<${ErrorNotice} error=${found.error} retry=${found.retry} level=${3} />`;
  const home = addressOf(movie);
  if (!drawing)
    return html`<div class="graph skeleton" style=${{ aspectRatio: `${field.width} / ${field.height}` }} aria-busy="true"></div>`;
  const { nodes, lines } = drawing;
  return html`<div class=${`graph ${found.state === "loading" ? "is-stale" : ""}`}>
    ${thing && html`<p class="graph__back"><a class="button button--quiet button--small" href=${home} data-keep-scroll>Back to ${short(spoken(movie.title), 28)}</a></p>`}
    <svg class="graph__field" viewBox=${`0 0 ${field.width} ${field.height}`} role="group" aria-label=${`The graph around ${thing ? thing.name : spoken(movie.title)}`}>
      <g aria-hidden="true">
        ${lines.map(([from, to]) => {
          const [one, other] = [nodes[from], nodes[to]];
          return html`<line class="graph__line" key=${`${one.key} ${other.key}`} x1=${one.x} y1=${one.y} x2=${other.x} y2=${other.y} />`;
        })}
      </g>
      ${nodes.map((node) => html`<${Node} key=${node.key} node=${node} home=${home} field=${field} />`)}
    </svg>
  </div>`;
}
