/** The head of every view: name, places, theme. */
import { html } from "../html.js";
import { AccountLink } from "./account_link.js";
import { ThemeSwitch } from "./theme_switch.js";

/** @type {[address: string, name: string, isHere: RegExp][]} */
const PLACES = [
  ["/discover", "Discover", /^\/(?:discover)?$/],
  ["/for-you", "For you", /^\/for-you$/],
  ["/studio", "Studio", /^\/studio(?:\/|$)/],
  ["/about", "About", /^\/about$/],
];

/** @param {{ path: string }} props */
export function Header({ path }) {
  const links = PLACES.map(
    ([address, name, isHere]) =>
      html`<a href=${address} aria-current=${isHere.test(path) ? "page" : undefined}>${name}</a>`,
  );
  return html`
    <header class="header">
      <div class="header__inner">
        <a class="brand" href="/" aria-label="Marquee, start">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="var(--accent)" />
            <path
              d="M8 23V10.5l8 7 8-7V23"
              fill="none"
              stroke="var(--on-accent)"
              stroke-width="3"
              stroke-linecap="round"
              stroke-linejoin="round"
            />
          </svg>
          <span>Marquee</span>
        </a>
        <nav class="nav" aria-label="Main">${links}</nav>
        <div class="header__tools">
          <${AccountLink} path=${path} />
          <${ThemeSwitch} />
        </div>
      </div>
    </header>
  `;
}
