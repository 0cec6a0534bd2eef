/** Who is logged in, and what who asks may do. Asked for once; every view shows the same. */
import { api, setHeadersOfChange } from "./api.js";
import { createStore, useStore } from "./store.js";

/**
 * @typedef {object} Session
 * @property {Record<string, any> | null} account null: nobody is logged in
 * @property {string[]} scopes what may be done: "read", "events", "admin"
 * @property {string} page "open": visitors may look around; "accounts": people log in first; "off": nobody logs in
 * @property {string | null} postersUrl what posters' paths stand below; null: none are shown
 * @property {string} registration "open" or "closed"
 */

const session = createStore(/** @type {Session | null} */ (null));
const fault = createStore(/** @type {any} */ (null));

setHeadersOfChange(() => {
  const token = session.get()?.account?.csrfToken;
  return token ? { "X-CSRF-Token": token } : /** @type {Record<string, string>} */ ({});
});

/** Ask the server who is logged in. @returns {Promise<Session | null>} what is known then */
export async function refreshSession() {
  try {
    session.set(await api.get("/v1/session"));
    fault.set(null);
  } catch (error) {
    fault.set(error);
  }
  return session.get();
}

/** @returns {{ session: Session | null, error: any }} */
export const useSession = () => ({ session: useStore(session), error: useStore(fault) });

/** @param {{ login: string, password: string }} credentials */
export async function logIn(credentials) {
  await api.post("/v1/session", credentials);
  await refreshSession();
}

/** @param {Record<string, any>} registration */
export async function register(registration) {
  const made = await api.post("/v1/accounts", registration);
  await refreshSession();
  return made;
}

export async function logOut() {
  await api.delete("/v1/session");
  await refreshSession();
}
