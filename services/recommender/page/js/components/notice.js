/** What stands where there is nothing to show, or something went wrong. */
import { html } from "../html.js";
import { Icon } from "./icon.js";

/**
 * @param {{ icon?: string, title: string, children?: any, level?: 1 | 2 | 3 }} props
 */
export function Notice({ icon = "film", title, children, level = 2 }) {
  const heading = `h${level}`;
  return html`<div class="notice">
    <span class="notice__mark"><${Icon} name=${icon} /></span>
    <${heading}>${title}</${heading}>
    ${children}
  </div>`;
}

/**
 * A fault, and the way to try again.
 * @param {{ error: any, retry?: () => void, level?: 1 | 2 | 3 }} props
 */
export function ErrorNotice({ error, retry, level = 2 }) {
  const isAway = error?.status === 0;
  const again =
    retry &&
    html`<button class="button button--quiet" type="button" onClick=${retry}>
    <${Icon} name="retry" />Try again
  </button>`;
  return html`<div role="alert">
    <${Notice} icon=${isAway ? "offline" : "question"} title=${error?.title ?? "This part did not load"} level=${level}>
      <p>${error?.detail || "Something went wrong between here and the server."}</p>
      ${again}
    <//>
  </div>`;
}

/**
 * An address that leads to nothing.
 * @param {{ what: string }} props as in "page"
 */
export function Missing({ what }) {
  return html`<${Notice} icon="question" title=${`There is no such ${what}`} level=${1}>
    <p>The address may be mistyped, or what stood here is gone.</p>
    <a class="button button--quiet" href="/">To the beginning</a>
  <//>`;
}
