/** The way to log in, or to one's account. */
import { html } from "../html.js";
import { useSession } from "../session.js";
import { Icon } from "./icon.js";

/** @param {{ path: string }} props */
export function AccountLink({ path }) {
  const { session } = useSession();
  if (session?.page === "off") return null;
  const account = session?.account;
  const address = account ? "/account" : "/login";
  return html`<a class="button button--plain account-link" href=${address} aria-current=${path === address ? "page" : undefined}>
    <${Icon} name="user" /><span class="account-link__name">${account ? account.displayName : "Log in"}</span>
  </a>`;
}
