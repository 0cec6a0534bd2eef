/** Conditions in the language of filters, put together from what is chosen. */

/** @param {string} text */
const quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/**
 * @param {{ genre?: string | null, from?: string | null, to?: string | null, person?: string | null, tag?: string | null }} chosen
 * @returns {string} empty where nothing is chosen
 */
export function filterOf({ genre, from, to, person, tag }) {
  const parts = [];
  if (genre) parts.push(`genre = ${quoted(genre)}`);
  if (tag) parts.push(`tag = ${quoted(tag)}`);
  if (person) parts.push(`(director = ${quoted(person)} or actor = ${quoted(person)})`);
  if (/^\d{4}$/.test(from ?? "")) parts.push(`year >= ${from}`);
  if (/^\d{4}$/.test(to ?? "")) parts.push(`year <= ${to}`);
  return parts.join(" and ");
}
