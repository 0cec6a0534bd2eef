/** Movie. */
import { html } from "../html.js";

export default function Movie() {
  return html`<h1>Movie</h1>`;
}
