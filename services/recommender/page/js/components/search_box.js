/** Finds movies by title while one types: a combobox with a list, for keys, mouse and touch. */
import { api } from "../api.js";
import { html, useId, useRef, useState } from "../html.js";
import { useResource } from "../resource.js";
import { Cover } from "./cover.js";
import { Icon } from "./icon.js";
import { nameOf } from "./movie_card.js";

const WAIT_MS = 70; // after a key, before asking
const SHOWN = 7;

/**
 * @param {{ label: string, placeholder: string, onPick: (movie: any) => void, isPicked: (movieId: string) => boolean }} props
 */
export function SearchBox({ label, placeholder, onPick, isPicked }) {
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const id = useId();
  const query = text.trim();
  const found = useResource(
    query ? (signal) => api.get("/v1/movies", { query: { q: query, limit: SHOWN }, signal }) : null,
    [query],
    { delay: WAIT_MS },
  );
  const movies = query ? (found.data?.items ?? []) : [];
  const isShown = isOpen && query !== "";

  const pick = (/** @type {any} */ movie) => {
    if (!movie) return;
    onPick(movie);
    setText("");
    setActive(0);
    input.current?.focus();
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (movies.length) setActive((active + step + movies.length) % movies.length);
    } else if (event.key === "Enter" && isShown) {
      event.preventDefault();
      pick(movies[active]);
    } else if (event.key === "Escape") {
      if (isShown) setOpen(false);
      else setText("");
    }
  };
  const options = movies.map(
    (/** @type {any} */ movie, /** @type {number} */ place) => html`<li key=${movie.movieId} id=${`${id}-${place}`} role="option"
      aria-selected=${place === active} class="option" onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()}
      onClick=${() => pick(movie)} onMouseMove=${() => setActive(place)}>
      <span class="option__cover"><${Cover} movie=${movie} /></span>
      <span class="option__text"><span>${nameOf(movie)}</span><span class="small quiet">${[movie.year, ...movie.genres.slice(0, 2)].filter(Boolean).join(" · ")}</span></span>
      ${isPicked(movie.movieId) && html`<span class="small quiet">picked</span>`}
    </li>`,
  );
  let says = "";
  if (isShown && found.state === "ready") says = movies.length ? `${movies.length} films found` : "No film found";
  return html`<div class="search">
    <label class="for-readers" for=${id}>${label}</label>
    <span class="search__icon"><${Icon} name="search" /></span>
    <input id=${id} ref=${input} class="input search__input" type="text" role="combobox" autocomplete="off" spellcheck="false"
      enterkeyhint="done" aria-expanded=${isShown && movies.length > 0} aria-controls=${`${id}-list`} aria-autocomplete="list"
      aria-activedescendant=${isShown && movies.length ? `${id}-${active}` : undefined} placeholder=${placeholder} value=${text} maxlength="200"
      onInput=${(/** @type {any} */ event) => {
        setText(event.target.value);
        setActive(0);
        setOpen(true);
      }} onKeyDown=${onKey} onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)} />
    <ul id=${`${id}-list`} class="options" role="listbox" aria-label="Films found" hidden=${!isShown || !movies.length}>${options}</ul>
    ${isShown && found.state === "ready" && !movies.length && html`<p class="options options--empty">No film has a title like that.</p>`}
    ${isShown && found.state === "error" && html`<p class="options options--empty">${found.error.detail}</p>`}
    <p class="for-readers" role="status">${says}</p>
  </div>`;
}
