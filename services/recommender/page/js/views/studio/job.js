/** One job: how far it is, what it logged, what came of it. */
import { api } from "../../api.js";
import { GridSkeleton } from "../../components/skeleton.js";
import { showToast } from "../../components/toast.js";
import { html, useEffect, useState } from "../../html.js";
import { count, duration, minute } from "../../words.js";
import { isOver, useJob } from "./live_jobs.js";
import { Facts, format, JobBar, JobState, PartError } from "./parts.js";

const LOG_EVERY_MS = 1_500;

/** @param {{ id: string }} props */
export function Job({ id }) {
  const { data: job, error, retry } = useJob(id);
  if (error && !job) return html`<${PartError} error=${error} retry=${retry} />`;
  if (!job) return html`<${GridSkeleton} count=${3} />`;
  const took =
    job.startedAt && job.finishedAt ? (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1_000 : null;
  const cancel = async () => {
    try {
      await api.post(`/v1/jobs/${encodeURIComponent(id)}/cancel`);
      showToast("It ends at the next point where that is safe.");
    } catch (reason) {
      showToast(/** @type {any} */ (reason).detail);
    }
  };
  const version = job.result?.version;
  return html`<div class="stack">
    <section class="sheet stack">
      <div class="section__head">
        <h2>${job.kind} <${JobState} state=${job.state} /></h2>
        ${
          !isOver(job) &&
          html`<button class="button button--quiet" type="button" onClick=${cancel} disabled=${job.cancelRequested}>
          ${job.cancelRequested ? "Cancelling" : "Cancel"}
        </button>`
        }
      </div>
      ${!isOver(job) && html`<${JobBar} job=${job} />`}
      ${job.error && html`<p class="field__error">${job.error}</p>`}
      ${version && html`<p><a class="button" href=${`/studio/models/${version}`}>Version ${version}</a></p>`}
      <${Facts} facts=${[
        ["Asked for", minute(job.createdAt)],
        ["Took", took === null ? "–" : duration(took)],
        ...Object.entries(job.request)
          .filter(([, value]) => value !== null && !(Array.isArray(value) && !value.length))
          .map(([name, value]) => [name, format(value)]),
      ]} />
    </section>
    <${Result} result=${job.result} />
    <${Log} id=${id} hasEnded=${isOver(job)} />
  </div>`;
}

/** @param {{ result: Record<string, any> | null }} props */
function Result({ result }) {
  if (!result) return null;
  const counts = Object.entries(result.counts ?? {}).map(([name, found]) => [
    name,
    Object.entries(/** @type {any} */ (found))
      .map(([what, number]) => `${count(/** @type {number} */ (number))} ${what.replaceAll("_", " ")}`)
      .join(", "),
  ]);
  const faults = result.faults ?? [];
  return html`<section class="sheet stack">
    <h2>What came of it</h2>
    ${counts.length > 0 && html`<${Facts} facts=${counts} />`}
    ${(result.notes ?? []).map((/** @type {string} */ note) => html`<p key=${note}>${note}</p>`)}
    ${
      faults.length > 0 &&
      html`<h3>Rows at fault</h3>${faults.map((/** @type {any} */ fault, /** @type {number} */ place) => html`<${Fault} key=${place} fault=${fault} />`)}`
    }
    <details><summary>All of it</summary><pre class="json" tabindex="0">${JSON.stringify(result, null, 2)}</pre></details>
  </section>`;
}

/** A kind of fault of an ingest's rows, with the first of them. @param {{ fault: Record<string, any> }} props */
function Fault({ fault }) {
  const rows = fault.lines.map(
    (/** @type {any} */ line, /** @type {number} */ place) => html`<tr key=${place}>
      <td>${line.file}</td><td class="number">${line.line ?? ""}</td><td><code>${line.text}</code></td>
    </tr>`,
  );
  return html`<details>
    <summary>${count(fault.count)} of ${fault.table}: ${fault.why} (${fault.done})</summary>
    <div class="scroller" tabindex="0" role="region" aria-label=${`First rows of ${fault.table}: ${fault.why}`}><table class="table">
      <thead><tr><th scope="col">File</th><th class="number" scope="col">Line</th><th scope="col">What stands there</th></tr></thead>
      <tbody>${rows}</tbody>
    </table></div>
  </details>`;
}

/** @param {{ id: string, hasEnded: boolean }} props */
function Log({ id, hasEnded }) {
  const [lines, setLines] = useState(/** @type {Record<string, any>[]} */ ([]));
  useEffect(() => {
    let after = 0;
    let isStopped = false;
    let timer = /** @type {any} */ (0);
    const read = async () => {
      try {
        const found = await api.get(`/v1/jobs/${encodeURIComponent(id)}/log`, { query: { after } });
        if (isStopped) return;
        after = found.next;
        if (found.items.length) setLines((known) => [...known, ...found.items]);
        if (found.isComplete) return;
      } catch {
        // The graph may be away: the next look may find it.
      }
      if (!isStopped) timer = setTimeout(read, LOG_EVERY_MS);
    };
    read();
    return () => {
      isStopped = true;
      clearTimeout(timer);
    };
  }, [id]);
  return html`<section class="sheet stack">
    <h2>Log</h2>
    ${
      lines.length
        ? html`<ol class="log" tabindex="0" aria-label="Log">
          ${lines.map(
            (line) => html`<li key=${line.number} class=${`log__line log__line--${line.level.toLowerCase()}`}>
            <time>${line.at.slice(11, 19)}</time> ${line.text}
          </li>`,
          )}
        </ol>`
        : html`<p class="quiet">${hasEnded ? "It logged nothing." : "Nothing yet."}</p>`
    }
  </section>`;
}
