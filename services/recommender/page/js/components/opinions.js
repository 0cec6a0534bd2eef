/** What one who is logged in can say of a movie. */
import { html } from "../html.js";
import { opine, useTaste } from "../taste.js";
import { Icon } from "./icon.js";
import { CardButton, nameOf } from "./movie_card.js";
import { Stars } from "./stars.js";

/** @param {{ movie: any }} props */
export function Opinions({ movie }) {
  const taste = useTaste();
  const { movieId } = movie;
  const name = nameOf(movie);
  const toggle = (/** @type {string} */ type, /** @type {Set<string> | undefined} */ set) => () => opine(type, movie, { undo: set?.has(movieId) });
  return html`
    <${Stars} name=${name} value=${taste?.ratings.get(movieId) ?? null} onRate=${(/** @type {number} */ rating) => opine("rate", movie, { rating })} />
    <${CardButton} Icon=${Icon} icon="up" label=${`I like ${name}`} isOn=${taste?.likes.has(movieId)} onPress=${toggle("like", taste?.likes)} />
    <${CardButton} Icon=${Icon} icon="down" label=${`${name} is not for me`} isOn=${taste?.dislikes.has(movieId)} onPress=${toggle("dislike", taste?.dislikes)} />
    <${CardButton} Icon=${Icon} icon="bookmark" label=${`Keep ${name} for later`} isOn=${taste?.watchlist.has(movieId)} onPress=${toggle("watchlist", taste?.watchlist)} />
    <${CardButton} Icon=${Icon} icon="hide" label=${`Never show ${name} again`} onPress=${() => opine("hide", movie)} />
  `;
}
