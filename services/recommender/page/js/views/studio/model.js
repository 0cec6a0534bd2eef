/** One version: how good it is, beside what, by which settings; and how it differs from another. */
import { api } from "../../api.js";
import { BarChart, LineChart } from "../../components/chart.js";
import { GridSkeleton } from "../../components/skeleton.js";
import { html } from "../../html.js";
import { useResource } from "../../resource.js";
import { setQuery, usePlace } from "../../router.js";
import { count, metric, minute } from "../../words.js";
import { activate } from "./models.js";
import { Facts, format, PartError } from "./parts.js";

/** @param {{ version: string }} props */
export function Model({ version }) {
  const path = `/v1/models/${encodeURIComponent(version)}`;
  const model = useResource((signal) => api.get(path, { signal }), [version]);
  const all = useResource((signal) => api.get("/v1/models", { query: { limit: 100 }, signal }), [version]);
  if (model.state === "error" && !model.data) return html`<${PartError} error=${model.error} retry=${model.retry} />`;
  if (!model.data) return html`<${GridSkeleton} count=${4} />`;
  const { report } = model.data;
  /** @type {Record<string, any>[]} */
  const others = (all.data?.items ?? []).filter(
    (/** @type {any} */ other) => other.version !== version && other.objective === model.data.objective,
  );
  const served = others.find((other) => other.isServed);
  const change = () => {
    model.retry();
    all.retry();
  };
  return html`<div class="stack">
    <section class="sheet stack">
      <div class="section__head">
        <h2>${version}</h2>
        <div class="row">
          ${
            model.data.objective === "ranking" &&
            model.data.state === "ready" &&
            html`<a class="button button--quiet" href=${`/studio/map?version=${encodeURIComponent(version)}`}>The map</a>`
          }
          <a class="button button--quiet" href=${`${path}/report.html`} target="_blank" rel="noopener">The report</a>
          ${
            model.data.isServed
              ? html`<span class="state state--succeeded">served</span>`
              : model.data.canBeServed &&
                html`<button class="button" type="button" onClick=${() => activate(version, served?.version ?? null, change)}>Serve this</button>`
          }
        </div>
      </div>
      <${Facts} facts=${[
        ["Family", model.data.family],
        ["Made", minute(model.data.createdAt)],
        ["Movies", count(model.data.movies)],
        ["Users", count(model.data.users)],
        ["Gate", report.gate?.verdict ?? "–"],
        ["Device", report.device ?? "–"],
      ]} />
      ${(report.gate?.reasons ?? []).map((/** @type {string} */ reason) => html`<p key=${reason} class="quiet">${reason}</p>`)}
    </section>
    <div class="panels">
      <${Baselines} report=${report} name="ndcg_at_20" /><${Baselines} report=${report} name="recall_at_20" />
      <${Baselines} report=${report} name="rmse" />
    </div>
    <${Curves} report=${report} />
    <${Comparison} version=${version} others=${others} />
    <section class="sheet">
      <h2>Settings</h2>
      <${Facts} facts=${Object.entries(report.recipe ?? {}).map(([name, value]) => [name.replaceAll("_", " "), format(value)])} />
    </section>
  </div>`;
}

/** @param {{ report: Record<string, any>, name: string }} props */
function Baselines({ report, name }) {
  if (!(name in (report.metrics ?? {}))) return null;
  const rows = [
    { name: "this version", value: report.metrics[name], interval: report.details?.intervals?.[name], isOwn: true },
    ...Object.entries(report.baselines ?? {})
      .filter(([, figures]) => typeof (/** @type {any} */ (figures)[name]) === "number")
      .map(([of, figures]) => ({
        name: of,
        value: /** @type {any} */ (figures)[name],
        interval: /** @type {any} */ (figures).intervals?.[name],
      }))
      .sort((a, b) => b.value - a.value),
  ];
  const better = ["rmse", "mae"].includes(name) ? "Lower is better." : "Higher is better.";
  return html`<section class="sheet">
    <h2>${metric(name)}</h2>
    <${BarChart} rows=${rows} caption=${`On held-out events. ${better} Whiskers hold 95% of resamples of the users.`} />
  </section>`;
}

/** @param {{ report: Record<string, any> }} props */
function Curves({ report }) {
  const series = (report.selection ?? [])
    .filter((/** @type {any} */ trial) => trial.curve?.length > 1)
    .slice(0, 4)
    .map((/** @type {any} */ trial) => ({
      name: `τ ${trial.temperature}`,
      points: trial.curve.map((/** @type {any} */ point) => [point.epoch, point.ndcg_at_20]),
    }));
  const steps = (report.curve ?? []).map((/** @type {any} */ point) => [point.steps, point.rmse]);
  if (steps.length > 1) series.push({ name: "RMSE", points: steps });
  if (!series.length) return null;
  return html`<section class="sheet">
    <h2>On validation data</h2>
    <${LineChart} series=${series} xName=${steps.length > 1 ? "steps" : "epochs"} yName=${steps.length > 1 ? "RMSE" : "NDCG@20"}
      caption="Each setting that was tried, by length of training." />
  </section>`;
}

/** @param {{ version: string, others: Record<string, any>[] }} props */
function Comparison({ version, others }) {
  const { query } = usePlace();
  const other = query.get("with") ?? "";
  const found = useResource(
    other
      ? (signal) =>
          api.get(`/v1/models/${encodeURIComponent(version)}/compare/${encodeURIComponent(other)}`, { signal })
      : null,
    [version, other],
  );
  if (!others.length) return null;
  const rows = Object.entries(found.data?.metrics ?? {}).map(([name, both]) => {
    const { first, second, difference } = /** @type {any} */ (both);
    const figure = (/** @type {number | null} */ value) => (value === null ? "–" : value.toFixed(4));
    return html`<tr key=${name}><th scope="row">${metric(name)}</th><td class="number">${figure(first)}</td>
      <td class="number">${figure(second)}</td><td class="number">${figure(difference)}</td></tr>`;
  });
  const settings = Object.entries(found.data?.settings ?? {}).map(
    ([
      name,
      both,
    ]) => html`<tr key=${name}><th scope="row">${name}</th><td class="number">${format(/** @type {any} */ (both).first)}</td>
      <td class="number">${format(/** @type {any} */ (both).second)}</td><td></td></tr>`,
  );
  return html`<section class="sheet stack">
    <h2>Beside another</h2>
    <div class="field">
      <label for="other">Compare with</label>
      <select class="select" id="other" value=${other} onChange=${(/** @type {any} */ event) => setQuery({ with: event.target.value }, { replace: true })}>
        <option value="">Choose a version</option>
        ${others.map((one) => html`<option key=${one.version} value=${one.version}>${one.version}${one.isServed ? ", served" : ""}</option>`)}
      </select>
    </div>
    ${other && found.error && html`<p class="field__error">${found.error.detail}</p>`}
    ${
      other &&
      found.data &&
      html`<div class="scroller" tabindex="0" role="region" aria-label="Table"><table class="table">
      <thead><tr><th scope="col">Of both</th><th class="number" scope="col">${version}</th><th class="number" scope="col">${other}</th><th class="number" scope="col">Difference</th></tr></thead>
      <tbody>${rows}${settings}</tbody>
    </table></div>
    ${!found.data.judgedAlike && html`<p class="quiet">They were judged on different events: a difference may be one of data.</p>`}`
    }
  </section>`;
}
