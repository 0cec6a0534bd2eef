/** The keys of the REST interface. */
import { api } from "../../api.js";
import { GridSkeleton } from "../../components/skeleton.js";
import { showToast } from "../../components/toast.js";
import { html, useState } from "../../html.js";
import { useResource } from "../../resource.js";
import { ago, day } from "../../words.js";
import { PartError } from "./parts.js";

const SCOPES = ["read", "events", "admin"];

export function Keys() {
  const keys = useResource((signal) => api.get("/v1/keys", { signal }), []);
  const [made, setMade] = useState("");
  if (keys.state === "error" && !keys.data) return html`<${PartError} error=${keys.error} retry=${keys.retry} />`;
  if (!keys.data) return html`<${GridSkeleton} count=${3} />`;
  const revoke = async (/** @type {Record<string, any>} */ key) => {
    if (!confirm(`Revoke the key “${key.name}”? Whoever uses it is refused from then on.`)) return;
    try {
      await api.delete(`/v1/keys/${encodeURIComponent(key.keyId)}`);
      keys.retry();
    } catch (error) {
      showToast(/** @type {any} */ (error).detail);
    }
  };
  const rows = keys.data.items.map(
    (/** @type {any} */ key) => html`<tr key=${key.keyId}>
      <td>${key.name}<br /><span class="small quiet">${key.keyId}${key.userId ? `, for user ${key.userId}` : ""}</span></td>
      <td>${key.scopes.join(", ")}</td>
      <td class="small quiet">${ago(key.createdAt)}${key.expiresAt ? `, until ${day(key.expiresAt)}` : ""}</td>
      <td>${
        key.isValid
          ? html`<button class="button button--quiet button--small" type="button" onClick=${() => revoke(key)}>Revoke</button>`
          : html`<span class="state">${key.revokedAt ? "revoked" : "expired"}</span>`
      }</td>
    </tr>`,
  );
  return html`<div class="stack">
    <${NewKey} onMade=${(/** @type {string} */ key) => {
      setMade(key);
      keys.retry();
    }} />
    ${
      made &&
      html`<section class="sheet stack" role="status">
      <h2>The new key</h2>
      <p>It is shown this once. Copy it now.</p>
      <code class="secret" tabindex="0">${made}</code>
    </section>`
    }
    <section class="sheet">
      <h2>Keys</h2>
      ${
        rows.length
          ? html`<div class="scroller" tabindex="0" role="region" aria-label="Table"><table class="table">
            <thead><tr><th scope="col">Name</th><th scope="col">Scopes</th><th scope="col">Made</th><th scope="col">State</th></tr></thead>
            <tbody>${rows}</tbody>
          </table></div>`
          : html`<p class="quiet">There is no key in the graph.</p>`
      }
    </section>
  </div>`;
}

/** @param {{ onMade: (key: string) => void }} props */
function NewKey({ onMade }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState(["read"]);
  const [error, setError] = useState("");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setError("");
    try {
      const found = await api.post("/v1/keys", { name: name.trim(), scopes });
      setName("");
      onMade(found.key);
    } catch (reason) {
      setError(/** @type {any} */ (reason).detail);
    }
  };
  const toggle = (/** @type {string} */ scope) =>
    setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope]);
  return html`<form class="sheet stack" onSubmit=${submit}>
    <h2>Make a key</h2>
    <div class="row form-row">
      <div class="field field--wide">
        <label for="key-name">What it is for</label>
        <input class="input" id="key-name" value=${name} maxlength="100" onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
      </div>
      <fieldset class="field"><legend class="label">Scopes</legend><div class="row">
        ${SCOPES.map(
          (scope) => html`<label class="check" key=${scope}>
          <input type="checkbox" checked=${scopes.includes(scope)} onChange=${() => toggle(scope)} />${scope}
        </label>`,
        )}
      </div></fieldset>
      <button class="button" disabled=${!name.trim() || !scopes.length}>Make the key</button>
    </div>
    ${error && html`<p class="field__error" role="alert">${error}</p>`}
  </form>`;
}
