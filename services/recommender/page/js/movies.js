/** Movies that were met before, so that a pick has a name at once. */
import { api, segment } from "./api.js";

/** @type {Map<string, any>} */
const known = new Map();

/** @param {any[]} movies */
export function remember(movies) {
  for (const movie of movies) if (movie.movieId) known.set(movie.movieId, movie);
}

/**
 * Movies by their ids; those that are gone are left out.
 * @param {string[]} ids
 * @param {AbortSignal} signal
 * @returns {Promise<any[]>}
 */
export async function moviesOf(ids, signal) {
  const missing = ids.filter((id) => !known.has(id));
  const found = await Promise.all(
    missing.map((id) => api.get(`/v1/movies/${segment(id)}`, { signal }).catch((error) => {
      if (error.status === 404) return null;
      throw error;
    })),
  );
  remember(found.filter(Boolean));
  return ids.map((id) => known.get(id)).filter(Boolean);
}
