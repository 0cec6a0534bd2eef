/** Values that several components show, and that outlive them. */
import { useEffect, useState } from "./html.js";

/**
 * @template T
 * @typedef {object} Store
 * @property {() => T} get
 * @property {(value: T) => void} set
 * @property {(listener: (value: T) => void) => () => void} subscribe answers how to end it
 */

/**
 * @template T
 * @param {T} initial
 * @returns {Store<T>}
 */
export function createStore(initial) {
  let value = initial;
  /** @type {Set<(value: T) => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * The store's value; the component is drawn anew when it changes.
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    setValue(store.get()); // it may have changed between drawing and subscribing
    return store.subscribe(setValue);
  }, [store]);
  return value;
}

/**
 * A store whose value is kept in this browser. Other tabs follow.
 * @template T
 * @param {string} name
 * @param {T} initial
 * @param {(value: unknown) => value is T} isValid what is kept may be of an earlier version
 * @returns {Store<T>}
 */
export function createKeptStore(name, initial, isValid) {
  const key = `marquee.${name}`;
  /** @param {string | null} text */
  const read = (text) => {
    try {
      const value = text === null ? initial : JSON.parse(text);
      return isValid(value) ? value : initial;
    } catch {
      return initial;
    }
  };
  const store = createStore(read(kept(key)));
  store.subscribe((value) => {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Storage is full or closed: then it lasts as long as the page.
    }
  });
  addEventListener("storage", (event) => {
    if (event.key === key) store.set(read(event.newValue));
  });
  return store;
}

/** @param {string} key */
function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
