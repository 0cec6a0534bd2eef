/** Changes between light and dark. */
import { html } from "../html.js";
import { useStore } from "../store.js";
import { isDark, theme } from "../theme.js";
import { Icon } from "./icon.js";

export function ThemeSwitch() {
  useStore(theme);
  const next = isDark() ? "light" : "dark";
  const label = `Change to ${next}`;
  return html`<button class="button button--plain button--icon" type="button" aria-label=${label} title=${label}
    onClick=${() => theme.set(next)}><${Icon} name=${next === "dark" ? "moon" : "sun"} /></button>`;
}
