/** What can be done with a movie on its own page. */
import { useSession } from "../session.js";
import { readTaste } from "../taste.js";
import { spoken } from "./cover.js";
import { Opinions } from "./opinions.js";
import { html, useEffect } from "../html.js";
import { MAX_PICKS, picks, picksText } from "../picks.js";
import { navigate } from "../router.js";
import { useStore } from "../store.js";
import { Icon } from "./icon.js";

/** @param {{ movie: import("./cover.js").Movie }} props */
export function MovieActions({ movie }) {
  const ids = useStore(picks);
  const isPicked = ids.includes(movie.movieId);
  const account = useSession().session?.account;
  useEffect(() => {
    if (account) readTaste(account.userId).catch(() => undefined); // without it the stars are empty
  }, [account?.userId]);
  const follow = () => {
    const wanted = isPicked ? ids : [...ids.slice(0, MAX_PICKS - 1), movie.movieId];
    picks.set(wanted);
    navigate(`/discover?picks=${picksText(wanted)}`);
  };
  return html`<div class="row">
    <button class="button" type="button" onClick=${follow} aria-label=${`More like ${spoken(movie.title)}`}>
      <${Icon} name=${isPicked ? "check" : "plus"} />${isPicked ? "In your picks" : "More like this"}
    </button>
    ${account && html`<div class="row opinions"><${Opinions} movie=${movie} /></div>`}
  </div>`;
}
