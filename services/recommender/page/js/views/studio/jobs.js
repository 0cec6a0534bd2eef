/** All jobs, and new ones. */
import { api } from "../../api.js";
import { GridSkeleton } from "../../components/skeleton.js";
import { showToast } from "../../components/toast.js";
import { html, useState } from "../../html.js";
import { navigate } from "../../router.js";
import { ago } from "../../words.js";
import { isOver, useJobs } from "./live_jobs.js";
import { asked, JobBar, JobState, PartError } from "./parts.js";

const FAMILIES = ["inductive", "lightgcn", "gcn", "sage", "gat", "rgcn", "matrix-factorisation"];

/**
 * Ask for a job, and go to it.
 * @param {string} kind
 * @param {Record<string, any>} body
 */
export async function ask(kind, body) {
  try {
    const job = await api.post(`/v1/jobs/${kind}`, body);
    navigate(`/studio/jobs/${job.jobId}`);
  } catch (error) {
    showToast(/** @type {any} */ (error).detail || "That did not work.");
  }
}

export function Jobs() {
  const jobs = useJobs();
  if (jobs.state === "error" && !jobs.data) return html`<${PartError} error=${jobs.error} retry=${jobs.retry} />`;
  if (!jobs.data) return html`<${GridSkeleton} count=${4} />`;
  const rows = jobs.data.map(
    (job) => html`<tr key=${job.jobId}>
      <td><a href=${`/studio/jobs/${job.jobId}`}>${job.kind}</a><br /><span class="small quiet">${asked(job)}</span></td>
      <td>${isOver(job) ? html`<${JobState} state=${job.state} />` : html`<${JobBar} job=${job} />`}</td>
      <td class="small quiet">${ago(job.finishedAt ?? job.startedAt ?? job.createdAt)}</td>
    </tr>`,
  );
  return html`<div class="stack">
    <${NewTraining} />
    <section class="sheet">
      <h2>Jobs</h2>
      ${
        rows.length
          ? html`<div class="scroller" tabindex="0" role="region" aria-label="Table"><table class="table">
            <thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">When</th></tr></thead>
            <tbody>${rows}</tbody>
          </table></div>`
          : html`<p class="quiet">There was no job yet.</p>`
      }
    </section>
  </div>`;
}

function NewTraining() {
  const [objective, setObjective] = useState("ranking");
  const [family, setFamily] = useState("inductive");
  const [isAsking, setAsking] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setAsking(true);
    await ask("train", objective === "rating" ? { objective } : { objective, family });
    setAsking(false);
  };
  const objectives = [
    ["ranking", "Recommendations"],
    ["rating", "Stars"],
  ].map(
    ([value, name]) => html`<label key=${value}>
      <input type="radio" name="objective" value=${value} checked=${objective === value} onChange=${() => setObjective(value)} />${name}
    </label>`,
  );
  return html`<form class="sheet stack" onSubmit=${submit}>
    <h2>Train a model</h2>
    <p class="quiet">What is left open is chosen on validation data. The new version is served if it passes the gate.</p>
    <div class="row form-row">
      <fieldset class="field"><legend class="label">What for</legend><div class="segments">${objectives}</div></fieldset>
      ${
        objective === "ranking" &&
        html`<div class="field">
        <label for="family">Family</label>
        <select class="select" id="family" value=${family} onChange=${(/** @type {any} */ event) => setFamily(event.target.value)}>
          ${FAMILIES.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
        </select>
      </div>`
      }
      <button class="button" disabled=${isAsking}>Start the training</button>
      <button class="button button--quiet" type="button" onClick=${() => ask("batch", {})}>Recommend to all users</button>
    </div>
  </form>`;
}
