/** Light or dark: the system's choice until another is made here. */
import { createStore } from "./store.js";

/** @typedef {"system" | "light" | "dark"} Theme */

const KEY = "marquee.theme"; // read by theme_start.js as well

/** @type {import("./store.js").Store<Theme>} */
export const theme = createStore(/** @type {Theme} */ (document.documentElement.dataset.theme ?? "system"));

/** Whether dark is shown now. */
export const isDark = () =>
  theme.get() === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : theme.get() === "dark";

theme.subscribe((value) => {
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // Without storage it lasts as long as the page.
  }
});
