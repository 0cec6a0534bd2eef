/** What can be done with a movie on its own page. */
import { spoken } from "./cover.js";
import { html } from "../html.js";
import { MAX_PICKS, picks, picksText } from "../picks.js";
import { navigate } from "../router.js";
import { useStore } from "../store.js";
import { Icon } from "./icon.js";

/** @param {{ movie: import("./cover.js").Movie }} props */
export function MovieActions({ movie }) {
  const ids = useStore(picks);
  const isPicked = ids.includes(movie.movieId);
  const follow = () => {
    const wanted = isPicked ? ids : [...ids.slice(0, MAX_PICKS - 1), movie.movieId];
    picks.set(wanted);
    navigate(`/discover?picks=${picksText(wanted)}`);
  };
  return html`<div class="row">
    <button class="button" type="button" onClick=${follow} aria-label=${`More like ${spoken(movie.title)}`}>
      <${Icon} name=${isPicked ? "check" : "plus"} />${isPicked ? "In your picks" : "More like this"}
    </button>
  </div>`;
}
