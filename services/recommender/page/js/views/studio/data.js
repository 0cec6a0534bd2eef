/** What the graph holds, and where more comes from. */
import { api } from "../../api.js";
import { html, useState } from "../../html.js";
import { useResource } from "../../resource.js";
import { ago, count } from "../../words.js";
import { ask } from "./jobs.js";
import { isOver, useJobs } from "./live_jobs.js";
import { Facts, JobBar, JobState, PartError } from "./parts.js";

const SOURCES = [
  "sample",
  "tmdb-posters",
  "ml-latest-small",
  "ml-100k",
  "ml-1m",
  "ml-10m",
  "ml-20m",
  "ml-25m",
  "ml-32m",
];

export function Data() {
  const ready = useResource((signal) => api.get("/readyz", { signal }), []);
  const jobs = useJobs();
  const [source, setSource] = useState("");
  if (jobs.state === "error" && !jobs.data) return html`<${PartError} error=${jobs.error} retry=${jobs.retry} />`;
  const ingests = (jobs.data ?? []).filter((job) => job.kind === "ingest");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (source.trim()) ask("ingest", { source: source.trim() });
  };
  return html`<div class="stack">
    <form class="sheet stack" onSubmit=${submit}>
      <h2>Bring in data</h2>
      <p class="quiet">A MovieLens data set by name, an address, a folder or file that the ingest worker may read, or tmdb-posters, which finds where posters lie.</p>
      <div class="row form-row">
        <div class="field field--wide">
          <label for="source">Source</label>
          <input class="input" id="source" list="sources" value=${source} placeholder="ml-latest-small" autocomplete="off"
            onInput=${(/** @type {any} */ event) => setSource(event.target.value)} />
          <datalist id="sources">${SOURCES.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
        </div>
        <button class="button" disabled=${!source.trim()}>Ingest</button>
      </div>
    </form>
    <section class="sheet stack">
      <h2>In the catalogue</h2>
      <${Facts} facts=${[
        ["Movies", count(ready.data?.movies)],
        ["With vectors", count(ready.data?.scoredMovies)],
        ["Revision", count(ready.data?.revision)],
      ]} />
    </section>
    <section class="sheet stack">
      <h2>Ingests</h2>
      ${
        ingests.length
          ? ingests.map(
              (job) => html`<a class="job-line" key=${job.jobId} href=${`/studio/jobs/${job.jobId}`}>
            <span><strong>${job.request?.source ?? "ingest"}</strong> <span class="small quiet">${ago(job.finishedAt ?? job.createdAt)}</span></span>
            <${JobState} state=${job.state} />${!isOver(job) && html`<${JobBar} job=${job} />`}
          </a>`,
            )
          : html`<p class="quiet">Nothing was ingested yet.</p>`
      }
    </section>
  </div>`;
}
