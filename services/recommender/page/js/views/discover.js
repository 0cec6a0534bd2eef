/** Discover. */
import { html } from "../html.js";

export default function Discover() {
  return html`<h1>Discover</h1>`;
}
