/** Addresses and views: links are followed without reloading, back and forward find the place they left. */
import { createStore, useStore } from "./store.js";

/**
 * @typedef {object} Place
 * @property {string} path
 * @property {URLSearchParams} query
 */

/** @returns {Place} */
const here = () => ({ path: location.pathname, query: new URLSearchParams(location.search) });

/** Where the browser is. */
const address = createStore(here());
/** The place of the view that is shown: it stays as it was while the next view is on its way. */
const place = createStore(here());

/** Where the browser is, though its view may not be there yet; for whoever chooses the view. */
export const useAddress = () => useStore(address);

/** The place of the view that asks; it is drawn anew when that changes. */
export const usePlace = () => useStore(place);

/** The view of the present address is shown from now on. */
export const arrive = () => place.set(address.get());

/** The address has changed. A view takes it over at once where it is still its own. */
function moved() {
  address.set(here());
  if (!isLeft()) arrive();
}

/** Whether the view that is shown was left: the next one is on its way. */
const isLeft = () => place.get().path !== location.pathname;

/** @type {Map<string, number>} how far down each entry of the history was scrolled */
const scrolled = new Map();
let entry = history.state?.entry ?? newEntry();

function newEntry() {
  return Math.random().toString(36).slice(2);
}

/**
 * Go to an address of the page.
 * @param {string} to
 * @param {{ replace?: boolean, keepScroll?: boolean }} [options] replace: the history gets no new entry
 */
export function navigate(to, { replace = false, keepScroll = replace } = {}) {
  scrolled.set(entry, scrollY);
  if (replace) {
    history.replaceState({ entry }, "", to);
  } else {
    entry = newEntry();
    history.pushState({ entry }, "", to);
  }
  moved();
  if (!keepScroll) scrollTo(0, 0);
}

/**
 * Change parameters of the shown view's address; an empty value takes one away. A view that was left changes nothing.
 * @param {Record<string, string | number | null | undefined>} changes
 * @param {{ replace?: boolean }} [options]
 */
export function setQuery(changes, { replace = false } = {}) {
  if (isLeft()) return;
  const { path, query } = here();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, String(value));
  }
  const text = query.toString().replaceAll("%2C", ",");
  navigate(text ? `${path}?${text}` : path, { replace, keepScroll: true });
}

/** Where a view that has just been drawn should stand, for it may come after the address has changed. */
export function restoreScroll() {
  const top = scrolled.get(entry);
  if (top !== undefined) scrollTo(0, top);
}

/** Follow links and the browser's buttons from now on. */
export function startRouter() {
  history.scrollRestoration = "manual";
  history.replaceState({ entry }, "");
  addEventListener("popstate", (event) => {
    scrolled.set(entry, scrollY);
    entry = event.state?.entry ?? newEntry();
    moved();
    requestAnimationFrame(restoreScroll);
  });
  addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const to = link && ownAddress(event, link);
    if (!to) return;
    event.preventDefault();
    navigate(to, { keepScroll: link.hasAttribute("data-keep-scroll") });
  });
}

/**
 * The address of the page that a click leads to, null where the browser is to follow the link itself.
 * @param {MouseEvent} event
 * @param {Element} link in HTML or SVG; `data-keep-scroll` lets the page stay where it is
 */
function ownAddress(event, link) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return null;
  if (link.hasAttribute("download") || (link.getAttribute("target") ?? "_self") !== "_self") return null;
  const url = new URL(link.getAttribute("href") ?? "", location.href);
  if (url.origin !== location.origin || !isView(url.pathname)) return null;
  if (url.hash && url.pathname === location.pathname && url.search === location.search) return null;
  return url.pathname + url.search + url.hash;
}

/**
 * @typedef {object} Route
 * @property {RegExp} pattern its groups are the view's parameters
 * @property {() => Promise<{ default: (props: any) => any }>} load the view's module
 */

/** @type {Route[]} */
const routes = [];

/**
 * Let a view be shown at addresses. Its module exports a component, to which the pattern's groups are given.
 * @param {RegExp} pattern
 * @param {Route["load"]} load
 */
export function addRoute(pattern, load) {
  routes.push({ pattern, load });
}

/**
 * The route of a path, and its parameters.
 * @param {string} path
 * @returns {{ route: Route, parameters: Record<string, string> } | null}
 */
export function findRoute(path) {
  for (const route of routes) {
    const found = route.pattern.exec(path);
    if (found) {
      const groups = Object.entries(found.groups ?? {}).map(([name, text]) => [name, decode(text ?? "")]);
      return { route, parameters: Object.fromEntries(groups) };
    }
  }
  return null;
}

/** @param {string} path */
const isView = (path) => findRoute(path) !== null;

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
