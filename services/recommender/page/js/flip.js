/** Lets the items of a list glide to their new places when it changes, and new ones appear softly. */
import { useLayoutEffect, useRef } from "./html.js";

const TIMING = { duration: 320, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };

/**
 * @param {{ current: HTMLElement | null }} list its children have `data-key`
 * @param {any[]} changes when to look: the list's keys, most often
 */
export function useFlip(list, changes) {
  const places = useRef(/** @type {Map<string, [number, number]>} */ (new Map()));
  useLayoutEffect(() => {
    const before = places.current;
    places.current = new Map();
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const item of /** @type {HTMLElement[]} */ ([...(list.current?.children ?? [])])) {
      const key = item.dataset.key ?? "";
      const here = /** @type {[number, number]} */ ([item.offsetLeft, item.offsetTop]);
      places.current.set(key, here);
      const there = before.get(key);
      if (isCalm || !before.size) continue;
      if (!there) {
        item.animate([{ opacity: 0, transform: "scale(0.96)" }, {}], TIMING);
      } else if (there[0] !== here[0] || there[1] !== here[1]) {
        item.animate([{ transform: `translate(${there[0] - here[0]}px, ${there[1] - here[1]}px)` }, {}], TIMING);
      }
    }
  }, changes);
}
