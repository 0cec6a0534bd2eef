/** Finds movies by title while it is typed: a combobox with a list, by keyboard, mouse and touch. */
import { api } from "../api.js";
import { html, useEffect, useId, useRef, useState } from "../html.js";
import { useResource } from "../resource.js";
import { Cover, spoken } from "./cover.js";
import { Icon } from "./icon.js";
import { facts } from "./movie_card.js";

/** @typedef {import("./cover.js").Movie} Movie */

const FOUND = 8;
const DELAY_MS = 60;

/**
 * @param {{ onPick: (movie: Movie) => void, picked?: string[], label: string, placeholder?: string,
 *   input?: { current: HTMLInputElement | null } }} props
 */
export function MovieSearch({ onPick, picked = [], label, placeholder, input }) {
  const id = useId();
  const own = useRef(/** @type {HTMLInputElement | null} */ (null));
  const field = input ?? own;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const awaited = useRef(""); // Enter came before what was found for this
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const query = text.trim();
  const found = useResource(
    query
      ? async (signal) => ({
          query,
          movies: (await api.get("/v1/movies", { query: { q: query, limit: FOUND }, signal })).items,
        })
      : null,
    [query],
    { delay: DELAY_MS },
  );
  const movies = /** @type {Movie[]} */ (query && found.data ? found.data.movies : []);
  const isShown = isOpen && query !== "";
  const at = Math.min(active, movies.length - 1);

  useEffect(() => {
    setActive(0);
    if (found.data && awaited.current === found.data.query) pick(found.data.movies[0]);
  }, [found.data]);
  useEffect(() => {
    /** @param {Event} event */
    const close = (event) => {
      if (!box.current?.contains(/** @type {Node} */ (event.target))) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, []);
  useEffect(() => {
    if (isShown) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at, isShown]);

  /** @param {Movie | undefined} movie */
  const pick = (movie) => {
    awaited.current = "";
    if (!movie) return;
    setText("");
    setOpen(false);
    onPick(movie);
    field.current?.focus();
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (isShown && movies.length) setActive((at + step + movies.length) % movies.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (isShown && found.data?.query === query) pick(movies[at]);
      else awaited.current = query;
    } else if (event.key === "Escape") {
      if (isShown) setOpen(false);
      else setText("");
      event.preventDefault();
    } else if (event.key === "Tab") {
      setOpen(false);
    }
  };

  const options = movies.map((movie, place) => {
    const isPicked = picked.includes(movie.movieId);
    return html`<li
      key=${movie.movieId}
      id=${`${id}-${place}`}
      class="search__option"
      role="option"
      aria-selected=${place === at}
      onPointerMove=${() => place !== at && setActive(place)}
      onClick=${() => pick(movie)}
    >
      <${Cover} movie=${movie} />
      <span class="search__names">
        <span class="search__title">${spoken(movie.title)}</span>
        <span class="search__facts">${facts(movie)}</span>
      </span>
      ${isPicked && html`<span class="search__mark"><${Icon} name="check" /><span class="for-readers">picked</span></span>`}
    </li>`;
  });
  let message = "";
  if (isShown && found.state === "error") message = "The search does not answer. Type on to try again.";
  else if (isShown && found.isSlow) message = "Still looking …";
  else if (isShown && found.state === "ready" && !movies.length) message = "No film here is called that.";

  return html`<div class="search" ref=${box}>
    <label class="for-readers" for=${`${id}-field`}>${label}</label>
    <span class="search__icon"><${Icon} name="search" /></span>
    <input
      ref=${field}
      id=${`${id}-field`}
      class="search__field"
      type="text"
      role="combobox"
      inputmode="search"
      enterkeyhint="enter"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      maxlength="200"
      placeholder=${placeholder}
      aria-autocomplete="list"
      aria-expanded=${isShown && movies.length > 0}
      aria-controls=${`${id}-list`}
      aria-activedescendant=${isShown && movies.length ? `${id}-${at}` : undefined}
      value=${text}
      onInput=${(/** @type {any} */ event) => {
        setText(event.target.value);
        setOpen(true);
      }}
      onFocus=${() => setOpen(true)}
      onKeyDown=${onKey}
    />
    <div class="search__list" hidden=${!isShown || (!movies.length && !message)}>
      <ul class="search__options" id=${`${id}-list`} role="listbox" aria-label=${label}>${options}</ul>
      ${message && html`<p class="search__message">${message}</p>`}
    </div>
    <p class="for-readers" role="status">${isShown && found.state === "ready" ? message || `${movies.length} films` : ""}</p>
  </div>`;
}
