/** Model versions side by side: which is served, and with one click another. */
import { api } from "../../api.js";
import { GridSkeleton } from "../../components/skeleton.js";
import { showToast } from "../../components/toast.js";
import { html } from "../../html.js";
import { useResource } from "../../resource.js";
import { ago, metric } from "../../words.js";
import { PartError } from "./parts.js";

const SHOWN = ["ndcg_at_20", "recall_at_20", "rmse"];

/**
 * Serve a version; the toast that follows takes it back.
 * @param {string} version
 * @param {string | null} before the one that is served now
 * @param {() => void} then
 */
export async function activate(version, before, then) {
  try {
    await api.post(`/v1/models/${encodeURIComponent(version)}/activate`);
    const undo = before ? { name: "Undo", run: () => activate(before, null, then) } : undefined;
    showToast(`${version} is served now.`, undo);
    then();
  } catch (error) {
    showToast(/** @type {any} */ (error).detail);
  }
}

export function Models() {
  const models = useResource((signal) => api.get("/v1/models", { query: { limit: 100 }, signal }), []);
  if (models.state === "error" && !models.data)
    return html`<${PartError} error=${models.error} retry=${models.retry} />`;
  if (!models.data) return html`<${GridSkeleton} count=${4} />`;
  /** @type {Record<string, any>[]} */
  const items = models.data.items;
  if (!items.length) {
    return html`<section class="sheet stack">
      <h2>No version yet</h2>
      <p class="quiet">A training makes one.</p>
      <p><a class="button" href="/studio/jobs">Train a model</a></p>
    </section>`;
  }
  /** @param {Record<string, any>} model */
  const servedBeside = (model) => items.find((other) => other.isServed && other.objective === model.objective);
  const rows = items.map((model) => {
    const before = servedBeside(model);
    return html`<tr key=${model.version} class=${model.isServed ? "is-served" : ""}>
      <td><a href=${`/studio/models/${model.version}`}>${model.version}</a><br /><span class="small quiet">${model.family}, ${ago(model.createdAt)}</span></td>
      ${SHOWN.map((name) => html`<td key=${name} class="number">${name in model.metrics ? model.metrics[name].toFixed(4) : ""}</td>`)}
      <td>${
        model.isServed
          ? html`<span class="state state--succeeded">served</span>`
          : model.canBeServed
            ? html`<button class="button button--quiet button--small" type="button"
              onClick=${() => activate(model.version, before?.version ?? null, models.retry)}>Serve this</button>`
            : html`<span class="state">${model.state === "ready" ? "overwritten" : model.state}</span>`
      }</td>
    </tr>`;
  });
  return html`<section class="sheet">
    <h2>Versions</h2>
    <div class="scroller" tabindex="0" role="region" aria-label="Table"><table class="table">
      <thead><tr><th scope="col">Version</th>${SHOWN.map((name) => html`<th key=${name} class="number" scope="col">${metric(name)}</th>`)}<th scope="col">State</th></tr></thead>
      <tbody>${rows}</tbody>
    </table></div>
  </section>`;
}
