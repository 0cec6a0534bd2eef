/** Log in. */
import { html } from "../html.js";
import { useTitle } from "../title.js";

export default function Login() {
  useTitle("Log in");
  return html`<div class="stack">
    <h1>Log in</h1>
    <p class="lead">Keep what you rate, on every device.</p>
  </div>`;
}
