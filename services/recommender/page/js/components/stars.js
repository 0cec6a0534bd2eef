/** Stars to rate with: five radio buttons, which keys move through. */
import { html, useId } from "../html.js";
import { Icon } from "./icon.js";

const STARS = [1, 2, 3, 4, 5];

/**
 * @param {{ name: string, value: number | null, onRate: (stars: number) => void }} props name: of the movie
 */
export function Stars({ name, value, onRate }) {
  const id = useId();
  const stars = STARS.map(
    (star) => html`<label key=${star} class=${value !== null && star <= value ? "stars__star is-on" : "stars__star"}>
      <input type="radio" name=${id} value=${star} checked=${value !== null && Math.round(value) === star} onChange=${() => onRate(star)} />
      <span class="for-readers">${star} ${star === 1 ? "star" : "stars"}</span><${Icon} name="star" filled=${value !== null && star <= value} />
    </label>`,
  );
  return html`<fieldset class="stars"><legend class="for-readers">Rate ${name}</legend>${stars}</fieldset>`;
}
