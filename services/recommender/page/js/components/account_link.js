/** The way to log in, or to one's account. */
import { html } from "../html.js";
import { Icon } from "./icon.js";

/** @param {{ path: string }} props */
export function AccountLink({ path }) {
  return html`<a class="button button--plain" href="/login" aria-current=${path === "/login" ? "page" : undefined}>
    <${Icon} name="user" />Log in
  </a>`;
}
