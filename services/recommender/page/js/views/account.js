/** Account. */
import { html } from "../html.js";
import { useTitle } from "../title.js";

export default function Account() {
  useTitle("Account");
  return html`<div class="stack">
    <h1>Account</h1>
    <p class="lead">Your name, your password and your data.</p>
  </div>`;
}
