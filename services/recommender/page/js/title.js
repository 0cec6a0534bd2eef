/** The document's title, as tabs and the history show it. */
import { useEffect } from "./html.js";

/** @param {string | null | undefined} title of the view */
export function useTitle(title) {
  useEffect(() => {
    document.title = title ? `${title} · Marquee` : "Marquee";
  }, [title]);
}
