/** About. */
import { html } from "../html.js";
import { useTitle } from "../title.js";

export default function About() {
  useTitle("About");
  return html`<div class="stack">
    <h1>About</h1>
    <p class="lead">How Marquee recommends.</p>
  </div>`;
}
