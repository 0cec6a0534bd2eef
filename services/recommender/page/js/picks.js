/** What someone without an account has picked. It stands in the address, so that it can be kept and passed on. */
import { createKeptStore } from "./store.js";

/** @typedef {{ likes: string[], dislikes: string[] }} Picks */

const isIds = (/** @type {any} */ value) => Array.isArray(value) && value.every((id) => typeof id === "string");

/** The last picks made in this browser: they are carried over to an account. */
export const lastPicks = createKeptStore(
  "picks",
  /** @type {Picks} */ ({ likes: [], dislikes: [] }),
  /** @returns {value is Picks} */ (value) =>
    typeof value === "object" && value !== null && isIds(/** @type {any} */ (value).likes) && isIds(/** @type {any} */ (value).dislikes),
);

/** @param {URLSearchParams} query @returns {Picks} */
export const picksOf = (query) => ({ likes: split(query.get("picks")), dislikes: split(query.get("not")) });

/** @param {string | null} text */
const split = (text) => [...new Set((text ?? "").split(",").filter(Boolean).map(decodeURIComponent))];

/** @param {string[]} ids for an address */
export const joined = (ids) => ids.map(encodeURIComponent).join(",") || null;
