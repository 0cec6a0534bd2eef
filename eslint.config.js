// Rules that find mistakes; how the code is set is prettier's.
// prettier-ignore
const browser = [
  "AbortController", "AbortSignal", "Event", "HTMLElement", "HTMLAnchorElement", "HTMLDialogElement", "HTMLInputElement",
  "Element", "Intl", "KeyboardEvent", "MouseEvent", "MutationObserver", "Node", "ResizeObserver", "URL",
  "URLSearchParams", "EventSource", "addEventListener", "clearInterval", "clearTimeout", "console", "document", "fetch",
  "history", "innerHeight", "innerWidth", "localStorage", "location", "matchMedia", "navigator", "performance",
  "removeEventListener", "requestAnimationFrame", "cancelAnimationFrame", "scrollTo", "scrollY", "setInterval",
  "setTimeout", "devicePixelRatio", "getComputedStyle", "queueMicrotask", "confirm", "crypto", "FormData", "Blob", "BroadcastChannel",
];

export default [
  { ignores: ["services/recommender/page/vendor/", "node_modules/", ".venv/", ".cache/"] },
  {
    files: ["services/recommender/page/js/**/*.js"],
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: "module",
      globals: Object.fromEntries(browser.map((name) => [name, "readonly"])),
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-shadow": "error",
      "no-self-compare": "error",
      "no-unreachable": "error",
      "no-dupe-keys": "error",
      "no-fallthrough": "error",
      "no-useless-catch": "error",
      "no-unsafe-finally": "error",
      "array-callback-return": "error",
      "no-promise-executor-return": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Titles and names come from elsewhere: let Preact make the elements." },
        { property: "outerHTML", message: "Titles and names come from elsewhere: let Preact make the elements." },
        {
          property: "insertAdjacentHTML",
          message: "Titles and names come from elsewhere: let Preact make the elements.",
        },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "Literal[value='dangerouslySetInnerHTML']", message: "Let Preact make the elements." },
      ],
    },
  },
];
