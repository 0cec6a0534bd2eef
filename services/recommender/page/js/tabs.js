/** What other tabs have done meanwhile: looked for when this one is looked at again. */
import { refreshSession } from "./session.js";
import { readTasteAgain } from "./taste.js";

export function followOtherTabs() {
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState !== "visible") return;
    const session = await refreshSession();
    if (session?.account) await readTasteAgain(session.account.userId).catch(() => undefined); // what is shown stays
  });
}
