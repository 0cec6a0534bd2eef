/** Numbers, times and states in words, the same in every view. */

const NUMBER = new Intl.NumberFormat("en");
const DAY = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const MINUTE = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** @type {[unit: Intl.RelativeTimeFormatUnit, seconds: number][]} */
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** @param {number | null | undefined} value */
export const count = (value) => (value === null || value === undefined ? "–" : NUMBER.format(value));

/** @param {string} time RFC 3339 */
export const day = (time) => DAY.format(new Date(time));

/** @param {string} time RFC 3339 */
export const minute = (time) => MINUTE.format(new Date(time));

/**
 * How long ago something was, or how far ahead it lies.
 * @param {string | null | undefined} time RFC 3339
 */
export function ago(time) {
  if (!time) return "–";
  const seconds = (new Date(time).getTime() - Date.now()) / 1_000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return AGO.format(Math.round(seconds / length), unit);
  }
  return "just now";
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}

/** @param {number | null | undefined} bytes */
export function size(bytes) {
  if (bytes === null || bytes === undefined) return "–";
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/**
 * A name in code as people write it: "ndcg_at_20" becomes "NDCG@20".
 * @param {string} name
 */
export function metric(name) {
  const [what, length] = name.split("_at_");
  /** @type {Record<string, string>} */
  const known = { ndcg: "NDCG", map: "MAP", mrr: "MRR", rmse: "RMSE", mae: "MAE", roc_auc: "ROC AUC", f1: "F1" };
  const words = known[what] ?? what.charAt(0).toUpperCase() + what.slice(1).replaceAll("_", " ");
  return length ? `${words}@${length}` : words;
}
