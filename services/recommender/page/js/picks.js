/** The films that someone has named, and what else Discover is asked for: all of it stands in the address. */
import { api, segment } from "./api.js";
import { createKeptStore } from "./store.js";

/** @typedef {import("./components/cover.js").Movie} Movie */

export const MAX_PICKS = 20;

/** Ids of the films that were named last in this browser: a page without an address of its own goes on with them. */
export const picks = createKeptStore(
  "picks",
  /** @type {string[]} */ ([]),
  /** @returns {value is string[]} */
  (value) => Array.isArray(value) && value.every((id) => typeof id === "string"),
);

/**
 * @typedef {object} Asked
 * @property {string[]} likes ids
 * @property {string} genre "" for all
 * @property {number | null} from a year
 * @property {number | null} to a year
 * @property {number} diversity 0 to 1
 */

/**
 * What an address asks for.
 * @param {URLSearchParams} query
 * @returns {Asked}
 */
export function readAsked(query) {
  const ids = (query.get("picks") ?? "").split(",").filter(Boolean).map(decodeId);
  const diversity = Number(query.get("diversity") ?? 0);
  return {
    likes: [...new Set(ids)].slice(0, MAX_PICKS),
    genre: query.get("genre") ?? "",
    from: year(query.get("from")),
    to: year(query.get("to")),
    diversity: diversity > 0 && diversity <= 1 ? diversity : 0,
  };
}

/** @param {string[]} ids */
export const picksText = (ids) => ids.map(encodeURIComponent).join(",");

/** @param {string} text */
function decodeId(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string | null} text */
const year = (text) => (text && /^\d{4}$/.test(text) ? Number(text) : null);

/** @param {string} text as a value of a filter */
export const quoted = (text) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

/**
 * The filter that leaves what is asked for; undefined where that is everything.
 * @param {Asked} asked
 */
export function filterOf({ genre, from, to }) {
  const parts = [];
  if (genre) parts.push(`genre = ${quoted(genre)}`);
  if (from) parts.push(`year >= ${from}`);
  if (to) parts.push(`year <= ${to}`);
  return parts.join(" and ") || undefined;
}

/** @type {Map<string, Movie>} */
const known = new Map();

/** Remember what is known of a movie. @param {Movie} movie */
export const remember = (movie) => known.set(movie.movieId, movie);

/**
 * Movies by their ids, in this order; those that do not exist are left out.
 * @param {string[]} ids
 * @param {AbortSignal} [signal]
 * @returns {Promise<Movie[]>}
 */
export async function moviesOf(ids, signal) {
  const found = await Promise.all(
    ids.map(async (id) => {
      const movie = known.get(id);
      if (movie) return movie;
      try {
        const answer = await api.get(`/v1/movies/${segment(id)}`, { signal });
        remember(answer);
        return answer;
      } catch (error) {
        if (/** @type {any} */ (error).status === 404) return null;
        throw error;
      }
    }),
  );
  return found.filter(Boolean);
}
