/** Studio. */
import { html } from "../html.js";
import { useTitle } from "../title.js";

export default function Studio() {
  useTitle("Studio");
  return html`<div class="stack">
    <h1>Studio</h1>
    <p class="lead">Trainings, versions and data of this server.</p>
  </div>`;
}
