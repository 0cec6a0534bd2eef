/** The accounts of people: who they speak for, and what an admin does with them. */
import { api, segment } from "../../api.js";
import { GridSkeleton } from "../../components/skeleton.js";
import { showToast } from "../../components/toast.js";
import { html, useState } from "../../html.js";
import { useResource } from "../../resource.js";
import { setQuery, usePlace } from "../../router.js";
import { count, day } from "../../words.js";
import { PartError } from "./parts.js";

const MOST = 200; // shown: who looks for one of more says more of it
const DELAY_MS = 150;

/** @typedef {Record<string, any>} Account */

export function Accounts() {
  const sought = usePlace().query.get("q") ?? "";
  const accounts = useResource(
    (signal) => api.get("/v1/accounts", { query: { q: sought, limit: MOST }, signal }),
    [sought],
    { delay: DELAY_MS },
  );
  if (accounts.state === "error" && !accounts.data) {
    return html`<${PartError} error=${accounts.error} retry=${accounts.retry} />`;
  }
  if (!accounts.data) return html`<${GridSkeleton} count=${3} />`;
  /** @type {Account[]} */
  const shown = accounts.data.items.toSorted((/** @type {Account} */ a, /** @type {Account} */ b) =>
    a.login.localeCompare(b.login),
  );
  return html`<div class="stack">
    <section class="sheet stack">
      <h2>Accounts</h2>
      <div class="field field--wide">
        <label for="sought">Name, login or user</label>
        <input class="input" id="sought" type="search" value=${sought} autocomplete="off"
          onInput=${(/** @type {any} */ event) => setQuery({ q: event.target.value }, { replace: true })} />
      </div>
      <p class="small quiet" role="status">${count(shown.length)} ${shown.length === 1 ? "account" : "accounts"}${accounts.data.nextCursor ? ", and there are more" : ""}</p>
      ${
        shown.length > 0
          ? html`<ul class="accounts">${shown.map((account) => html`<${Row} key=${account.accountId} account=${account} onChange=${accounts.retry} />`)}</ul>`
          : html`<p class="quiet">No account is like that.</p>`
      }
    </section>
  </div>`;
}

/** @param {{ account: Account, onChange: () => void }} props */
function Row({ account, onChange }) {
  const { login, displayName, userId } = account;
  const [user, setUser] = useState("");
  const path = `/v1/accounts/${segment(account.accountId)}`;
  /** @param {() => Promise<any>} work @param {string} said */
  const act = async (work, said) => {
    try {
      await work();
      showToast(said);
      setUser("");
      onChange();
    } catch (error) {
      showToast(/** @type {any} */ (error).detail || "That did not work.");
    }
  };
  const link = (/** @type {Event} */ event) => {
    event.preventDefault();
    act(() => api.put(`${path}/user`, { userId: user.trim() }), `${login} speaks for user ${user.trim()} now.`);
  };
  const end = () => {
    if (!confirm(`Delete the account “${login}” with all that its person has said? This can’t be taken back.`)) return;
    act(() => api.delete(path), `The account ${login} is gone.`);
  };
  return html`<li class="accounts__one">
    <details>
      <summary>
        <strong>${displayName}</strong> <span class="quiet">${login}</span>
        ${account.isAdmin && html`<span class="state">admin</span>`}
        ${account.isLinked && html`<span class="state">user ${userId}</span>`}
        ${account.disabledAt && html`<span class="state state--failed">disabled</span>`}
      </summary>
      <div class="stack accounts__more">
        <p class="small quiet">Since ${day(account.createdAt)}, speaks for user ${userId}.</p>
        <form class="row form-row" onSubmit=${link}>
          <div class="field">
            <label for=${`user-${account.accountId}`}>User of the data</label>
            <input class="input" id=${`user-${account.accountId}`} value=${user} autocomplete="off"
              onInput=${(/** @type {any} */ event) => setUser(event.target.value)} />
          </div>
          <button class="button button--quiet" disabled=${!user.trim()}>Link to this user</button>
          ${
            account.isLinked &&
            html`<button class="button button--quiet" type="button"
            onClick=${() => act(() => api.delete(`${path}/user`), `${login} speaks for its own user again.`)}>Unlink</button>`
          }
        </form>
        <div class="row">
          <button class="button button--quiet" type="button"
            onClick=${() => act(() => api.delete(`${path}/sessions`), `${login} is logged out everywhere.`)}>Log out everywhere</button>
          <button class="button button--quiet" type="button"
            onClick=${() => act(() => api.patch(path, { isDisabled: !account.disabledAt }), account.disabledAt ? `${login} may log in again.` : `${login} may not log in any more.`)}>
            ${account.disabledAt ? "Enable" : "Disable"}
          </button>
          <button class="button button--quiet" type="button" onClick=${end}>Delete</button>
        </div>
      </div>
    </details>
  </li>`;
}
