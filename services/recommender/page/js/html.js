/** Elements as tagged templates, and what components are made with: all of Preact that the page uses. */
import { Fragment, h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.js";
export { Fragment, h, render };

/**
 * `` html`<p class="quiet">${text}</p>` ``: texts are escaped, components stand as `<${Name} … />`.
 * @type {(strings: TemplateStringsArray, ...values: any[]) => any}
 */
export const html = htm.bind(h);
