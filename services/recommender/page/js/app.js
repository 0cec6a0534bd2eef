/** The page's beginning: which view stands at which address, and the frame around all of them. */
import { Footer } from "./components/footer.js";
import { Header } from "./components/header.js";
import { ErrorNotice, Missing } from "./components/notice.js";
import { ConnectionBar } from "./components/connection_bar.js";
import { Toasts } from "./components/toast.js";
import { html, render, useEffect, useRef, useState } from "./html.js";
import { addRoute, arrive, findRoute, restoreScroll, startRouter, useAddress } from "./router.js";
import { refreshSession } from "./session.js";
import { loadStyle } from "./styles.js";
import { followOtherTabs } from "./tabs.js";
import { ViewSkeleton } from "./components/skeleton.js";

/**
 * @param {string} style
 * @param {() => Promise<any>} load
 */
const withStyle = (style, load) => async () => (await Promise.all([load(), loadStyle(style)]))[0];

addRoute(
  /^\/(?:discover)?$/,
  withStyle("discover", () => import("./views/discover.js")),
);
addRoute(
  /^\/movies\/(?<movieId>.+)$/,
  withStyle("movie", () => import("./views/movie.js")),
);
addRoute(/^\/map$/, () => import("./views/map.js"));
addRoute(/^\/for-you$/, () => import("./views/for_you.js"));
addRoute(
  /^\/studio(?:\/(?<part>.*))?$/,
  withStyle("studio", () => import("./views/studio.js")),
);
addRoute(
  /^\/about$/,
  withStyle("about", () => import("./views/about.js")),
);
addRoute(/^\/(?<form>login|register)$/, () => import("./views/login.js"));
addRoute(/^\/account$/, () => import("./views/account.js"));

function App() {
  const { path } = useAddress();
  const [shown, setShown] = useState(/** @type {{ path: string, View: any, parameters: any } | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [attempt, setAttempt] = useState(0);
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const found = findRoute(path);

  useEffect(() => {
    if (!found) return undefined;
    let isCurrent = true;
    setError(null);
    found.route.load().then(
      (module) => {
        if (!isCurrent) return;
        arrive();
        setShown({ path, View: module.default, parameters: found.parameters });
      },
      (reason) => isCurrent && setError(reason),
    );
    return () => {
      isCurrent = false;
    };
  }, [path, attempt]);

  // A new view is announced and read from its beginning; the first one is where the reader already is.
  const isFirst = useRef(true);
  useEffect(() => {
    if (!shown) return;
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
    restoreScroll();
  }, [shown?.View, shown?.path]);

  let view;
  if (!found) view = html`<${Missing} what="page" />`;
  else if (error) view = html`<${ErrorNotice} error=${error} retry=${() => setAttempt(attempt + 1)} />`;
  else if (!shown) view = html`<${ViewSkeleton} />`;
  else view = html`<${shown.View} ...${shown.parameters} />`;
  return html`
    <a class="skip-link" href="#main">Skip to the content</a>
    <${Header} path=${path} />
    <${ConnectionBar} />
    <main class="main" id="main" tabindex="-1" ref=${main}>${view}</main>
    <${Footer} />
    <${Toasts} />
  `;
}

startRouter();
followOtherTabs();
refreshSession();
const root = /** @type {HTMLElement} */ (document.getElementById("app"));
root.replaceChildren();
render(html`<${App} />`, root);
