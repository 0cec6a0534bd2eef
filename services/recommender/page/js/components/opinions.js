/** What one who is logged in can say of a movie. */
import { html } from "../html.js";
import { opine, useTaste } from "../taste.js";
import { CardButton } from "./card_button.js";
import { spoken } from "./cover.js";
import { Stars } from "./stars.js";

/** @param {{ movie: any }} props */
export function Opinions({ movie }) {
  const taste = useTaste();
  const { movieId } = movie;
  const name = spoken(movie.title);
  const toggle = (/** @type {string} */ type, /** @type {Set<string> | undefined} */ set) => () =>
    opine(type, movie, { undo: set?.has(movieId) });
  return html`
    <${Stars} name=${name} value=${taste?.ratings.get(movieId) ?? null} onRate=${(/** @type {number} */ rating) => opine("rate", movie, { rating })} />
    <${CardButton} icon="up" label=${`I like ${name}`} isOn=${taste?.likes.has(movieId)} onPress=${toggle("like", taste?.likes)} />
    <${CardButton} icon="down" label=${`${name} is not for me`} isOn=${taste?.dislikes.has(movieId)} onPress=${toggle("dislike", taste?.dislikes)} />
    <${CardButton} icon="bookmark" label=${`Keep ${name} for later`} isOn=${taste?.watchlist.has(movieId)} onPress=${toggle("watchlist", taste?.watchlist)} />
    <${CardButton} icon="hide" label=${`Never show ${name} again`} onPress=${() => opine("hide", movie)} />
  `;
}
