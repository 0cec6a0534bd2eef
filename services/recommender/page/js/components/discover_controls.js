/** What Discover leaves and how it weighs: genre, years, and how far from what was named. */
import { api } from "../api.js";
import { html, useEffect, useId, useState } from "../html.js";
import { useResource } from "../resource.js";

const DELAY_MS = 150;

/** @param {number | null} first @param {number | null} last */
function decades(first, last) {
  if (first === null || last === null) return [];
  const from = Math.floor(first / 10) * 10;
  return Array.from({ length: Math.floor((last - from) / 10) + 1 }, (_, place) => from + place * 10);
}

/**
 * @param {{ asked: import("../picks.js").Asked, hasPicks: boolean,
 *   onChange: (changes: Record<string, string | number | null>) => void }} props
 */
export function DiscoverControls({ asked, hasPicks, onChange }) {
  const id = useId();
  const { data } = useResource((signal) => api.get("/v1/catalogue", { signal }), []);
  const genres = data ? data.genres.map((/** @type {any} */ one) => one.name) : [];
  const all = genres.includes(asked.genre) || !asked.genre ? genres : [asked.genre, ...genres];
  const years = decades(data?.firstYear ?? asked.from, data?.lastYear ?? asked.to);
  const [isOpen, setOpen] = useState(false); // where the screen is too small for the fields to stand there always
  const [diversity, setDiversity] = useState(asked.diversity);
  useEffect(() => setDiversity(asked.diversity), [asked.diversity]);
  useEffect(() => {
    if (diversity === asked.diversity) return undefined;
    const timer = setTimeout(() => onChange({ diversity: diversity || null }), DELAY_MS);
    return () => clearTimeout(timer);
  }, [diversity]);

  /** @param {string} name @param {(text: string) => any} [read] */
  const changed =
    (name, read = (text) => text || null) =>
    (/** @type {any} */ event) =>
      onChange({ [name]: read(event.target.value) });
  const count = [asked.genre, asked.from, asked.to, asked.diversity].filter(Boolean).length;
  const from = asked.from === null ? "" : String(Math.floor(asked.from / 10) * 10);
  const to = asked.to === null ? "" : String(Math.floor(asked.to / 10) * 10 + 9);
  return html`<button
      class="button button--quiet button--small controls__toggle"
      type="button"
      aria-expanded=${isOpen}
      aria-controls=${`${id}-form`}
      onClick=${() => setOpen(!isOpen)}
    >
      Narrow down${count ? ` (${count})` : ""}
    </button>
    <form class=${`controls ${isOpen ? "is-open" : ""}`} id=${`${id}-form`} aria-label="Narrow down" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="field">
      <label for=${`${id}-genre`}>Genre</label>
      <select class="select" id=${`${id}-genre`} value=${asked.genre} onChange=${changed("genre")}>
        <option value="">All genres</option>
        ${all.map((/** @type {string} */ genre) => html`<option key=${genre} value=${genre}>${genre}</option>`)}
      </select>
    </div>
    <div class="field">
      <label for=${`${id}-from`}>From</label>
      <select class="select" id=${`${id}-from`} value=${from} onChange=${changed("from")}>
        <option value="">Any year</option>
        ${years.map((year) => html`<option key=${year} value=${String(year)}>${year}</option>`)}
      </select>
    </div>
    <div class="field">
      <label for=${`${id}-to`}>To</label>
      <select class="select" id=${`${id}-to`} value=${to} onChange=${changed("to")}>
        <option value="">Any year</option>
        ${years.map((year) => html`<option key=${year} value=${String(year + 9)}>${year + 9}</option>`)}
      </select>
    </div>
    <div class="field controls__diversity">
      <label for=${`${id}-diversity`}>Variety</label>
      <div class="controls__slider">
        <span aria-hidden="true">Close</span>
        <input
          class="slider"
          id=${`${id}-diversity`}
          type="range"
          min="0"
          max="1"
          step="0.1"
          value=${diversity}
          disabled=${!hasPicks}
          aria-valuetext=${diversity ? `${Math.round(diversity * 100)} percent` : "as close as can be"}
          onInput=${(/** @type {any} */ event) => setDiversity(Number(event.target.value))}
        />
        <span aria-hidden="true">Varied</span>
      </div>
    </div>
  </form>`;
}
