/** How the server is, what it serves, and what it is doing. */
import { api } from "../../api.js";
import { GridSkeleton } from "../../components/skeleton.js";
import { html } from "../../html.js";
import { useResource } from "../../resource.js";
import { ago, count, metric, size } from "../../words.js";
import { isOver, useJobs } from "./live_jobs.js";
import { asked, Facts, JobBar, JobState, PartError } from "./parts.js";

export function Overview() {
  const ready = useResource((signal) => api.get("/readyz", { signal }), []);
  const models = useResource((signal) => api.get("/v1/models", { query: { limit: 50 }, signal }), []);
  const jobs = useJobs();
  const failed = [models, jobs].find((part) => part.state === "error" && !part.data);
  if (failed) return html`<${PartError} error=${failed.error} retry=${failed.retry} />`;
  if (!models.data || !jobs.data) return html`<${GridSkeleton} count=${4} />`;
  const served = models.data.items.filter((/** @type {any} */ model) => model.isServed);
  const running = jobs.data.filter((job) => !isOver(job));
  return html`<div class="stack">
    <div class="panels">
      <section class="sheet"><h2>Health</h2><${Health} ready=${ready} /></section>
      ${served.map((/** @type {any} */ model) => html`<${Served} key=${model.version} model=${model} />`)}
      ${
        !served.length &&
        html`<section class="sheet stack">
        <h2>No version is served yet</h2>
        <p class="quiet">Ingest ratings, then train: until then, popular movies are recommended.</p>
        <p><a class="button" href="/studio/data">To the data</a></p>
      </section>`
      }
    </div>
    <section class="sheet stack">
      <div class="section__head"><h2>At work</h2><a href="/studio/jobs">All jobs</a></div>
      ${
        running.length
          ? running.map(
              (job) => html`<a class="job-line" key=${job.jobId} href=${`/studio/jobs/${job.jobId}`}>
            <span><strong>${job.kind}</strong> <span class="quiet">${asked(job)}</span></span>
            <${JobState} state=${job.state} /><${JobBar} job=${job} />
          </a>`,
            )
          : html`<p class="quiet">Nothing runs or waits. The last job ended ${ago(jobs.data[0]?.finishedAt)}.</p>`
      }
    </section>
  </div>`;
}

/** @param {{ ready: import("../../resource.js").Resource<any> }} props */
function Health({ ready }) {
  if (ready.error) return html`<p class="field__error">${ready.error.detail}</p>`;
  if (!ready.data) return html`<div class="skeleton skeleton--heading"></div>`;
  const { movies, scoredMovies, graph, memoryBytes, vectorsBytes, ageSeconds } = ready.data;
  return html`<${Facts} facts=${[
    ["Graph", html`<span class=${graph === "here" ? "state state--succeeded" : "state state--failed"}>${graph}</span>`],
    ["Movies", `${count(movies)}, ${count(scoredMovies)} with vectors`],
    ["Memory", `${size(memoryBytes)}, ${size(vectorsBytes)} of it vectors`],
    ["Last change", ago(new Date(Date.now() - ageSeconds * 1_000).toISOString())],
  ]} />`;
}

/** @param {{ model: Record<string, any> }} props */
function Served({ model }) {
  const figures = Object.entries(model.metrics).filter(([name]) => /^(ndcg|recall)_at_20$|^(rmse|mae)$/.test(name));
  return html`<section class="sheet">
    <p class="small quiet">Served for ${model.objective === "rating" ? "stars" : "recommendations"}</p>
    <h2><a href=${`/studio/models/${model.version}`}>${model.version}</a></h2>
    <${Facts} facts=${[
      ...figures.map(([name, value]) => [metric(name), Number(value).toFixed(4)]),
      ["Family", model.family],
      ["Knows", `${count(model.movies)} movies, ${count(model.users)} users`],
      ["Trained", ago(model.createdAt)],
    ]} />
  </section>`;
}
