/** A movie's poster over its drawn cover, where the server names a place that posters come from. */
import { html, useState } from "../html.js";
import { useSession } from "../session.js";

/**
 * A picture in the cover's drawing; one that does not load leaves the drawing as it is.
 * @param {{ path: string | null | undefined }} props
 */
export function Poster({ path }) {
  const base = useSession().session?.postersUrl;
  const [failed, setFailed] = useState("");
  if (!base || !path || failed === path) return null;
  return html`<image href=${base + path} width="200" height="300" preserveAspectRatio="xMidYMid slice" onError=${() => setFailed(path)} />`;
}
