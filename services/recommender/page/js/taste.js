/** What the one who is logged in thinks of movies: read once, changed at once, told to the server. */
import { api, segment } from "./api.js";
import { spoken } from "./components/cover.js";
import { showToast } from "./components/toast.js";
import { say } from "./events.js";
import { createStore, useStore } from "./store.js";

/**
 * @typedef {object} Taste
 * @property {Map<string, number>} ratings stars by movie
 * @property {Set<string>} likes
 * @property {Set<string>} dislikes
 * @property {Set<string>} watchlist
 * @property {string[]} newest movies that they like, the last first
 * @property {number} changes how often it was changed here
 */

const taste = createStore(/** @type {Taste | null} */ (null));
let owner = "";

export const useTaste = () => useStore(taste);

/** @param {string} userId @param {AbortSignal} [signal] */
export async function readTaste(userId, signal) {
  let relationships = /** @type {Record<string, any[]>} */ ({});
  try {
    relationships = (await api.get(`/v1/users/${segment(userId)}/export`, { signal })).relationships;
  } catch (error) {
    if (/** @type {any} */ (error).status !== 404) throw error; // who has done nothing yet is not there yet
  }
  const of = (/** @type {string} */ type) => relationships[type] ?? [];
  const ids = (/** @type {string} */ type) => new Set(of(type).map((one) => one.movieId));
  const liked = [
    ...of("LIKED").map((one) => [one.at ?? 0, one.movieId]),
    ...of("RATED")
      .filter((one) => one.rating >= 4)
      .map((one) => [one.ratedAt ?? 0, one.movieId]),
  ].sort((a, b) => b[0] - a[0]);
  owner = userId;
  taste.set({
    ratings: new Map(of("RATED").map((one) => [one.movieId, one.rating])),
    likes: ids("LIKED"),
    dislikes: ids("DISLIKED"),
    watchlist: ids("WATCHLISTED"),
    newest: [...new Set(liked.map(([, movieId]) => movieId))],
    changes: (taste.get()?.changes ?? 0) + 1,
  });
}

/** The same anew, if it was read before. @param {string} userId */
export async function readTasteAgain(userId) {
  if (taste.get() && owner === userId) await readTaste(userId);
}

/** @type {Record<string, [done: string, undone: string]>} */
const WORDS = {
  rate: ["Rated", "No longer rated"],
  like: ["You like", "No longer liked"],
  dislike: ["Not for you:", "No longer against"],
  hide: ["Never again:", "May come again:"],
  watchlist: ["Kept for later:", "No longer kept:"],
  view: ["Seen:", "Not seen:"],
};

/**
 * Say something of a movie, with a way to take it back.
 * @param {string} type of event
 * @param {any} movie
 * @param {{ rating?: number, undo?: boolean }} [more]
 */
export async function opine(type, movie, { rating, undo = false } = {}) {
  const before = taste.get()?.ratings.get(movie.movieId);
  try {
    await say(owner, [{ type, movieId: movie.movieId, ...(rating && !undo && { rating }), ...(undo && { undo }) }]);
  } catch (error) {
    showToast(/** @type {any} */ (error).detail || "That was not taken.");
    return;
  }
  await readTaste(owner);
  const back =
    type === "rate" && before !== undefined && !undo
      ? () => opine("rate", movie, { rating: before })
      : () => opine(type, movie, { undo: !undo, rating });
  showToast(`${WORDS[type][undo ? 1 : 0]} ${spoken(movie.title)}`, { name: "Undo", run: back });
}
