/** The movies of a map as arrays, quick to draw: the most liked first. */
import { spoken } from "../components/cover.js";

/**
 * @typedef {object} Points
 * @property {string[]} ids
 * @property {string[]} titles as people say them
 * @property {(number | null)[]} years
 * @property {Float32Array} x 0 to 1, to the right
 * @property {Float32Array} y 0 to 1, downwards
 * @property {Uint8Array} kinds number of each one's genre among `genres`
 * @property {{ name: string, count: number }[]} genres those with a colour, the largest first; the last are all others
 * @property {Map<string, number>} places of ids
 * @property {{ x: number, y: number, width: number, height: number }} bounds
 */

export const OTHER = "Other";

/**
 * @param {{ extent: number, items: { movieId: string, title: string | null, year: number | null, x: number, y: number, genre: string | null }[] }} map
 * @returns {Points}
 */
export function pointsOf({ extent, items }) {
  const counts = new Map(/** @type {[string, number][]} */ ([]));
  for (const { genre } of items) if (genre !== null) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  const genres = [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
  const numbers = new Map(genres.map(({ name }, number) => [name, number]));
  genres.push({ name: OTHER, count: items.filter(({ genre }) => genre === null).length });
  const x = Float32Array.from(items, (item) => item.x / extent);
  const y = Float32Array.from(items, (item) => 1 - item.y / extent);
  const [left, right] = ends(x);
  const [top, bottom] = ends(y);
  return {
    ids: items.map(({ movieId }) => movieId),
    titles: items.map(({ title }) => spoken(title)),
    years: items.map(({ year }) => year),
    x,
    y,
    kinds: Uint8Array.from(items, ({ genre }) => numbers.get(genre ?? "") ?? genres.length - 1),
    genres,
    places: new Map(items.map(({ movieId }, place) => [movieId, place])),
    bounds: { x: left, y: top, width: right - left, height: bottom - top },
  };
}

/** @param {Float32Array} values */
const ends = (values) =>
  values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

/**
 * A movie in words.
 * @param {Points} points
 * @param {number} place
 */
export function wordsOf(points, place) {
  const { name } = points.genres[points.kinds[place]];
  return [points.titles[place], points.years[place], name === OTHER ? null : name].filter(Boolean).join(", ");
}
