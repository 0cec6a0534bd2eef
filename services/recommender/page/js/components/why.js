/** Why a movie is recommended: a sentence, what adds how much, and what connects it. */
import { api } from "../api.js";
import { html, useEffect, useRef } from "../html.js";
import { useResource } from "../resource.js";
import { Icon } from "./icon.js";
import { ErrorNotice } from "./notice.js";
import { addressOf, nameOf } from "./movie_card.js";

/**
 * A dialog about one movie.
 * @param {{ movie: any, taste: { userId: string } | { likes: string[], dislikes: string[] }, onClose: () => void }} props
 */
export function Why({ movie, taste, onClose }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const found = useResource(
    (signal) => api.post("/v1/explanations", { ...taste, movieIds: [movie.movieId] }, { signal }),
    [movie.movieId],
  );
  const explanation = found.data?.items[0]?.explanation;
  const onClick = (/** @type {MouseEvent} */ event) => event.target === dialog.current && onClose();
  return html`<dialog class="dialog" ref=${dialog} aria-labelledby="why-title" onClose=${onClose} onClick=${onClick}>
    <div class="dialog__head">
      <h2 id="why-title">Why ${nameOf(movie)}?</h2>
      <button class="button button--plain button--icon" type="button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
    </div>
    ${found.state === "error" && html`<${ErrorNotice} error=${found.error} retry=${found.retry} level=${3} />`}
    ${!explanation && found.state !== "error" && html`<div class="skeleton skeleton--text" aria-hidden="true"></div>`}
    ${explanation && html`<${Reasons} explanation=${explanation} />`}
  </dialog>`;
}

/** @param {{ explanation: any }} props */
function Reasons({ explanation }) {
  const most = Math.max(...explanation.contributions.map((/** @type {any} */ one) => Math.abs(one.share)), 1e-9);
  const shares = explanation.contributions.map(
    (/** @type {any} */ one) => html`<li class="why__share" key=${one.movieId}>
      <a href=${addressOf(one)}>${nameOf(one)}</a>
      <span class="why__bar" aria-hidden="true"><span class=${one.share < 0 ? "is-against" : ""} style=${{ width: `${(Math.abs(one.share) / most) * 100}%` }}></span></span>
      <span class="small quiet">${one.share < 0 ? "−" : "+"}${Math.abs(one.share).toFixed(2)}</span>
    </li>`,
  );
  const near = explanation.nearest.map(
    (/** @type {any} */ one) => html`<li key=${one.movieId}><a href=${addressOf(one)}>${nameOf(one)}</a></li>`,
  );
  const paths = explanation.paths.map(
    (/** @type {any} */ path) => html`<li key=${path.movieId}>
      <a href=${addressOf(path)}>${nameOf(path)}</a>
      ${path.links.map((/** @type {any} */ link) => html`<span class="tag" key=${link.way + link.name}>${link.way}: ${link.name}</span>`)}
    </li>`,
  );
  return html`<div class="stack">
    <p class="lead">${explanation.sentence}</p>
    ${shares.length > 0 && html`<div><h3>What adds to its score</h3><ul class="why__list">${shares}</ul></div>`}
    ${near.length > 0 && html`<div><h3>Most like it, of yours</h3><ul class="why__list">${near}</ul></div>`}
    ${paths.length > 0 && html`<div><h3>What connects them</h3><ul class="why__list">${paths}</ul></div>`}
  </div>`;
}
