/** For you. */
import { html } from "../html.js";
import { useTitle } from "../title.js";

export default function ForYou() {
  useTitle("For you");
  return html`<div class="stack">
    <h1>For you</h1>
    <p class="lead">What you rate shapes what stands here.</p>
  </div>`;
}
