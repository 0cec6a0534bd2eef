/** The studio: jobs, versions, data and keys of this server, for who runs it. */
import { Missing } from "../components/notice.js";
import { html } from "../html.js";
import { useTitle } from "../title.js";
import { MovieMap } from "./map.js";
import { Accounts } from "./studio/accounts.js";
import { Data } from "./studio/data.js";
import { Job } from "./studio/job.js";
import { Jobs } from "./studio/jobs.js";
import { Keys } from "./studio/keys.js";
import { Model } from "./studio/model.js";
import { Models } from "./studio/models.js";
import { Overview } from "./studio/overview.js";

/** @type {[address: string, name: string, isHere: RegExp][]} */
const PARTS = [
  ["/studio", "Overview", /^$/],
  ["/studio/jobs", "Jobs", /^jobs(?:\/|$)/],
  ["/studio/models", "Versions", /^models(?:\/|$)/],
  ["/studio/map", "Map", /^map$/],
  ["/studio/data", "Data", /^data$/],
  ["/studio/keys", "Keys", /^keys$/],
  ["/studio/accounts", "Accounts", /^accounts$/],
];

/** @param {{ part?: string }} props the address after `/studio/` */
export default function Studio({ part = "" }) {
  useTitle("Studio");
  const links = PARTS.map(
    ([address, name, isHere]) =>
      html`<a key=${address} href=${address} aria-current=${isHere.test(part) ? "page" : undefined}>${name}</a>`,
  );
  return html`<div class="studio">
    <h1>Studio</h1>
    <nav class="tabs" aria-label="Studio">${links}</nav>
    <${Part} part=${part} />
  </div>`;
}

/** @param {{ part: string }} props */
function Part({ part }) {
  const [name, ...rest] = part.split("/");
  const id = decodeURIComponent(rest.join("/"));
  if (part === "") return html`<${Overview} />`;
  if (name === "jobs") return id ? html`<${Job} key=${id} id=${id} />` : html`<${Jobs} />`;
  if (name === "models") return id ? html`<${Model} key=${id} version=${id} />` : html`<${Models} />`;
  if (part === "map") return html`<${MovieMap} />`;
  if (part === "data") return html`<${Data} />`;
  if (part === "accounts") return html`<${Accounts} />`;
  if (part === "keys") return html`<${Keys} />`;
  return html`<${Missing} what="part of the studio" />`;
}
