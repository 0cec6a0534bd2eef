/** What a component loads: never more than one request at a time, what is stale is aborted. */
import { useCallback, useEffect, useRef, useState } from "./html.js";

const SLOW_MS = 1_200;

/**
 * @template T
 * @typedef {object} Resource
 * @property {"loading" | "ready" | "error"} state
 * @property {T | null} data the last that came: it stays while another is on its way, and when that fails
 * @property {any} error an ApiError; null unless the state is "error"
 * @property {boolean} isSlow it has taken longer than a second
 * @property {() => void} retry
 */

/**
 * Loads when `keys` change, after `delay` milliseconds without another change.
 * @template T
 * @param {((signal: AbortSignal) => Promise<T>) | null} load null loads nothing
 * @param {any[]} keys
 * @param {{ delay?: number, keep?: boolean }} [options] keep: what came for other keys stays until the next has come
 * @returns {Resource<T>}
 */
export function useResource(load, keys, { delay = 0, keep = true } = {}) {
  const [shown, setShown] = useState(
    /** @type {{ state: "loading" | "ready" | "error", data: T | null, error: any, isSlow: boolean }} */ ({
      state: "loading",
      data: null,
      error: null,
      isSlow: false,
    }),
  );
  const [attempt, setAttempt] = useState(0);
  const isFirst = useRef(true);

  useEffect(() => {
    if (!load) return undefined;
    const controller = new AbortController();
    setShown((last) => ({ state: "loading", data: keep ? last.data : null, error: null, isSlow: false }));
    const slow = setTimeout(() => setShown((last) => ({ ...last, isSlow: true })), delay + SLOW_MS);
    const start = setTimeout(
      async () => {
        try {
          const data = await load(controller.signal);
          if (!controller.signal.aborted) setShown({ state: "ready", data, error: null, isSlow: false });
        } catch (error) {
          if (!controller.signal.aborted) {
            setShown((last) => ({ state: "error", data: last.data, error, isSlow: false }));
          }
        } finally {
          clearTimeout(slow);
        }
      },
      isFirst.current ? 0 : delay,
    );
    isFirst.current = false;
    return () => {
      clearTimeout(start);
      clearTimeout(slow);
      controller.abort();
    };
  }, [...keys, attempt]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  return { ...shown, retry };
}
