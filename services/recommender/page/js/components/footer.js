/** The foot of every view. */
import { html } from "../html.js";

export function Footer() {
  return html`<footer class="footer">
    <div class="footer__inner">
      <p>Marquee recommends from a graph of people and films, on this server alone.</p>
      <a href="/about">How it works</a>
      <a href="/docs">API</a>
    </div>
  </footer>`;
}
