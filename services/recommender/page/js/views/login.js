/** Logging in, and registering. */
import { html, useState } from "../html.js";
import { picks as lastPicks } from "../picks.js";
import { navigate, usePlace } from "../router.js";
import { logIn, register, useSession } from "../session.js";
import { useTitle } from "../title.js";

/** @param {string | null} next an address of this page alone */
const safe = (next) => (next && /^\/(?!\/)/.test(next) ? next : "/for-you");

/** @param {{ form: string }} props */
export default function Login({ form }) {
  const isNew = form === "register";
  useTitle(isNew ? "Register" : "Log in");
  const { query } = usePlace();
  const { session } = useSession();
  const [fields, setFields] = useState({ login: "", password: "", displayName: "" });
  const [error, setError] = useState(/** @type {any} */ (null));
  const [isBusy, setBusy] = useState(false);
  const picks = lastPicks.get();
  const carried = picks.length;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { login, password, displayName } = fields;
      if (isNew)
        await register({
          login,
          password,
          ...(displayName.trim() && { displayName: displayName.trim() }),
          likes: picks,
        });
      else await logIn({ login, password });
      navigate(safe(query.get("next")), { replace: true });
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };
  const set = (/** @type {string} */ name) => (/** @type {any} */ event) =>
    setFields({ ...fields, [name]: event.target.value });
  const other = isNew ? "/login" : "/register";
  const isClosed = isNew && session?.registration === "closed";
  return html`<div class="form-page">
    <h1>${isNew ? "Make an account" : "Welcome back"}</h1>
    <p class="lead">${isNew ? "Rate films, keep some for later, and see the list move with you." : "Log in to go on where you were."}</p>
    ${isClosed && html`<p class="field__error">Registration is closed here: whoever runs this server makes accounts.</p>`}
    <form class="sheet stack" onSubmit=${submit}>
      <div class="field">
        <label for="login">Login name</label>
        <input class="input" id="login" required autocomplete="username" autocapitalize="none" spellcheck="false" value=${fields.login} onInput=${set("login")} />
      </div>
      ${
        isNew &&
        html`<div class="field">
        <label for="name">What you are called</label>
        <input class="input" id="name" autocomplete="name" maxlength="100" value=${fields.displayName} onInput=${set("displayName")} />
      </div>`
      }
      <div class="field">
        <label for="password">Password</label>
        <input class="input" id="password" type="password" required minlength=${isNew ? 10 : undefined} autocomplete=${isNew ? "new-password" : "current-password"}
          aria-describedby=${isNew ? "password-hint" : undefined} value=${fields.password} onInput=${set("password")} />
        ${isNew && html`<p class="field__hint" id="password-hint">Ten characters or more; three words do well.</p>`}
      </div>
      ${isNew && carried > 0 && html`<p class="quiet">The ${carried} films that you picked come along.</p>`}
      ${error && html`<p class="field__error" role="alert">${error.detail || error.title}</p>`}
      <button class="button" disabled=${isBusy || isClosed}>${isNew ? "Make the account" : "Log in"}</button>
    </form>
    <p class="quiet">${isNew ? "You have one already? " : "You have none yet? "}<a href=${other}>${isNew ? "Log in" : "Make an account"}</a></p>
  </div>`;
}
