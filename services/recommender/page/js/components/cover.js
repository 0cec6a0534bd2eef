/** A designed cover, made from a movie's title, year and genre: always the same for the same movie. */
import { html, useMemo } from "../html.js";
import { STYLES } from "./cover_patterns.js";
import { Poster } from "./poster.js";

/**
 * @typedef {object} Movie as the API answers it
 * @property {string} movieId
 * @property {string | null} title
 * @property {number | null} year
 * @property {string[]} [genres]
 * @property {string[]} [directors]
 * @property {string[]} [actors]
 * @property {number} [ratingsCount]
 * @property {number} [score]
 * @property {string | null} [posterPath]
 */

// What says most of how a film feels comes first: of "Action, Animation, Comedy" a cover shows the animation.
// prettier-ignore
const TELLING = [
  "Film-Noir", "Western", "Animation", "Horror", "Musical", "War", "Documentary", "Fantasy", "Sci-Fi", "Mystery",
  "Romance", "Crime", "Comedy", "Thriller", "Adventure", "Action", "Children", "Drama", "IMAX",
];
const WIDTH = 164;
const LINES = 5;
// About how wide letters of a serif are, in parts of its size.
const NARROW = /[iljtfrI1'’.,:;!|() -]/;
const WIDE = /[MWmw@—%&]/;

/** @param {string} text */
function lengthOf(text) {
  let sum = 0;
  for (const letter of text) {
    if (NARROW.test(letter)) sum += 0.34;
    else if (WIDE.test(letter)) sum += 0.92;
    else if (letter > "\u2e80") sum += 1;
    else sum += letter === letter.toUpperCase() && letter !== letter.toLowerCase() ? 0.72 : 0.54;
  }
  return sum;
}

/**
 * A title as people say it: "Matrix, The (a.k.a. …)" is "The Matrix".
 * @param {string | null | undefined} title
 */
export function spoken(title) {
  const text = (title ?? "").replace(/\s*\((?:a\.?k\.?a\.?|[^)]{12,}).*$/i, "").trim() || (title ?? "");
  const moved = /^(.*), (The|A|An|Le|La|Les|Il|El|Das|Der|Die|L'|Los|Las|Un|Une|Lo)$/.exec(text);
  if (!moved) return text || "Untitled";
  return moved[2].endsWith("'") ? moved[2] + moved[1] : `${moved[2]} ${moved[1]}`;
}

/**
 * Lines of a text, each at most `WIDTH` wide at a size.
 * @param {string} text
 * @param {number} size
 * @returns {string[] | null} null where a word alone is wider
 */
function wrap(text, size) {
  const lines = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (lengthOf(word) * size > WIDTH) return null;
    const longer = line ? `${line} ${word}` : word;
    if (line && lengthOf(longer) * size > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** @param {string} text */
function set(text) {
  for (const size of [34, 31, 28, 25, 22, 20, 18, 16, 14]) {
    const lines = wrap(text, size);
    if (lines && lines.length * size * 1.12 <= 118 && lines.length <= LINES) return { size, lines };
  }
  const short = text.length > 60 ? `${text.slice(0, 58).trimEnd()}…` : text;
  return { size: 13, lines: wrap(short, 13)?.slice(0, 6) ?? [text.slice(0, 22), `${text.slice(22, 42)}…`] };
}

/** Small numbers from a text, as mulberry32 makes them. @param {string} text @returns {() => number} */
function chanceOf(text) {
  let state = 2166136261;
  for (let place = 0; place < text.length; place += 1) {
    state = Math.imul(state ^ text.charCodeAt(place), 16777619);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * The genre that a movie's cover shows: one of the two that tell most.
 * @param {string[]} genres
 * @param {() => number} chance
 */
function genreOf(genres, chance) {
  const telling = TELLING.filter((genre) => genres.includes(genre)).slice(0, 2);
  return telling[Math.floor(chance() * telling.length)] ?? "";
}

/**
 * The movie's cover. It says nothing to readers: what stands beside it names the movie.
 * @param {{ movie: Movie }} props
 */
export function Cover({ movie }) {
  const { title, year, genres = [], movieId, posterPath } = movie;
  return useMemo(() => {
    const chance = chanceOf(`${movieId} ${title}`);
    const { paints, patterns } = STYLES[genreOf(genres, chance)];
    const paint = paints[Math.floor(chance() * paints.length)];
    const pattern = patterns[Math.floor(chance() * patterns.length)];
    const { size, lines } = set(spoken(title));
    const texts = lines.map((line, n) => html`<tspan x="18" y=${24 + size * (0.78 + n * 1.12)}>${line}</tspan>`);
    return html`<svg class="cover" viewBox="0 0 200 300" aria-hidden="true" focusable="false">
      <rect width="200" height="300" fill=${paint.ground} />
      ${pattern(paint, chance)}
      <text class="cover__title" fill=${paint.ink} font-size=${size}>${texts}</text>
      <text class="cover__year" fill=${paint.ink} x="18" y=${24 + size * (0.78 + (lines.length - 1) * 1.12) + 21}>${year ?? ""}</text>
      <${Poster} path=${posterPath} />
    </svg>`;
  }, [movieId, title, year, posterPath, genres.join()]);
}
