/** An icon below a movie that does something with it. */
import { html } from "../html.js";
import { Icon } from "./icon.js";

/**
 * @param {{ icon: string, label: string, isOn?: boolean, onPress: () => void }} props
 */
export function CardButton({ icon, label, isOn = false, onPress }) {
  return html`<button class="button button--plain button--icon card-button" type="button" title=${label}
    aria-label=${label} aria-pressed=${isOn ? "true" : undefined} onClick=${onPress}>
    <${Icon} name=${icon} filled=${isOn} />
  </button>`;
}
