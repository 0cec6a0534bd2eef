/** My account: name, password, data, end. */
import { api } from "../api.js";
import { Notice } from "../components/notice.js";
import { ViewSkeleton } from "../components/skeleton.js";
import { showToast } from "../components/toast.js";
import { html, useState } from "../html.js";
import { navigate } from "../router.js";
import { logOut, refreshSession, useSession } from "../session.js";
import { useTitle } from "../title.js";
import { day } from "../words.js";

export default function Account() {
  useTitle("Account");
  const { session, error } = useSession();
  if (!session && !error) return html`<${ViewSkeleton} />`;
  const account = session?.account;
  if (!account) {
    return html`<${Notice} icon="user" title="You are not logged in" level=${1}><a class="button" href="/login?next=/account">Log in</a><//>`;
  }
  const leave = async () => {
    try {
      await logOut();
      navigate("/");
    } catch (reason) {
      showToast(/** @type {any} */ (reason).detail || "That did not work.");
    }
  };
  return html`<div class="form-page">
    <div class="section__head"><h1>${account.displayName}</h1>
      <button class="button button--quiet" type="button" onClick=${leave}>Log out</button></div>
    <p class="quiet">${account.login}, since ${day(account.createdAt)}${account.isAdmin ? ", runs this server" : ""}${account.isLinked ? `, speaks for user ${account.userId}` : ""}</p>
    <${Name} account=${account} />
    <${Password} />
    <section class="sheet stack">
      <h2>My data</h2>
      <p class="quiet">All that is known of you, as one file.</p>
      <p><a class="button button--quiet" href="/v1/account/export" download="marquee-account.json">Download it</a></p>
    </section>
    <${End} />
  </div>`;
}

/**
 * A form with one thing to do.
 * @param {{ title: string, fields: [name: string, label: string, type: string, autocomplete: string][], button: string,
 *   send: (values: Record<string, string>) => Promise<void>, text?: string, initial?: Record<string, string> }} props
 */
function Form({ title, fields, button, send, text, initial = {} }) {
  const [values, setValues] = useState(initial);
  const [error, setError] = useState("");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setError("");
    try {
      await send(values);
      setValues(initial);
    } catch (reason) {
      setError(/** @type {any} */ (reason).detail || "That did not work.");
    }
  };
  const rows = fields.map(([name, label, type, autocomplete]) => {
    const id = `${title}-${name}`.replaceAll(" ", "-").toLowerCase();
    return html`<div class="field" key=${name}>
      <label for=${id}>${label}</label>
      <input class="input" id=${id} type=${type} required autocomplete=${autocomplete} value=${values[name] ?? ""}
        onInput=${(/** @type {any} */ event) => setValues({ ...values, [name]: event.target.value })} />
    </div>`;
  });
  return html`<form class="sheet stack" onSubmit=${submit}>
    <h2>${title}</h2>
    ${text && html`<p class="quiet">${text}</p>`}
    ${rows}
    ${error && html`<p class="field__error" role="alert">${error}</p>`}
    <p><button class="button button--quiet">${button}</button></p>
  </form>`;
}

/** @param {{ account: Record<string, any> }} props */
const Name = ({
  account,
}) => html`<${Form} title="Name" button="Change the name" initial=${{ displayName: account.displayName }}
  fields=${[["displayName", "What you are called", "text", "name"]]}
  send=${async (/** @type {any} */ values) => {
    await api.patch("/v1/account", values);
    await refreshSession();
    showToast("That is your name now.");
  }} />`;

const Password =
  () => html`<${Form} title="Password" button="Change the password" text="All other places where you are logged in are logged out."
  fields=${[
    ["password", "The present one", "password", "current-password"],
    ["newPassword", "The new one, ten characters or more", "password", "new-password"],
  ]}
  send=${async (/** @type {any} */ values) => {
    await api.put("/v1/account/password", values);
    await refreshSession();
    showToast("The password is changed.");
  }} />`;

const End = () => html`<${Form} title="Delete the account" button="Delete the account and all of my data"
  text="Your ratings, likes and lists go with it. This can’t be taken back."
  fields=${[["password", "Your password", "password", "current-password"]]}
  send=${async (/** @type {any} */ values) => {
    await api.delete("/v1/account", { body: values });
    await refreshSession();
    navigate("/");
    showToast("The account is gone.");
  }} />`;
