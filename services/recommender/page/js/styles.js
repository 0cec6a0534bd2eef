/** Style sheets of views that are loaded when they are first shown. */

const base = new URL("../css/", import.meta.url);
/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

/**
 * Add `css/NAME.css` to the page, once.
 * @param {string} name
 * @returns {Promise<void>} done when it is in force
 */
export function loadStyle(name) {
  let promise = loaded.get(name);
  if (!promise) {
    promise = new Promise((resolve) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = new URL(`${name}.css`, base).href;
      link.onload = () => resolve();
      link.onerror = () => resolve(); // a view without its style is better than none
      document.head.append(link);
    });
    loaded.set(name, promise);
  }
  return promise;
}
