/** A line at the head of the page while the server, or the graph behind it, is out of reach. */
import { graphAway, isOffline } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { useStore } from "../store.js";
import { Icon } from "./icon.js";

export function ConnectionBar() {
  const hasNoServer = useStore(isOffline);
  const away = useStore(graphAway);
  const [hasNetwork, setHasNetwork] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setHasNetwork(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  let text = "";
  if (!hasNetwork) text = "You are offline. What is on the page stays; the rest comes when the network is back.";
  else if (hasNoServer) text = "The server can’t be reached. What is on the page stays; try again in a moment.";
  else if (away)
    text = "The graph is away for now: recommendations come from memory, and what you change may be refused.";
  return html`<div role="status">
    ${text && html`<p class="bar"><${Icon} name="offline" /><span>${text}</span></p>`}
  </div>`;
}
