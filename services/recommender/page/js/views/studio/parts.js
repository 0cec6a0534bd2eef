/** What several parts of the studio show alike. */
import { ApiError } from "../../api.js";
import { ErrorNotice, Notice } from "../../components/notice.js";
import { html } from "../../html.js";
import { duration } from "../../words.js";

/** @param {{ state: string }} props of a job */
export const JobState = ({ state }) => html`<span class=${`state state--${state}`}>${state}</span>`;

/**
 * How far a job is.
 * @param {{ job: Record<string, any> }} props
 */
export function JobBar({ job }) {
  const percent = Math.round(job.progress * 100);
  const left = job.secondsLeft === null ? "" : `, about ${duration(job.secondsLeft)} left`;
  return html`<div class="progress">
    <div class="progress__track" role="progressbar" aria-valuenow=${percent} aria-valuemin="0" aria-valuemax="100"
      aria-label=${`${job.kind}: ${job.stage ?? job.state}`}>
      <span style=${{ width: `${percent}%` }}></span>
    </div>
    <p class="small quiet">${job.stage ?? "waiting"} · ${percent}%${left}</p>
  </div>`;
}

/**
 * What a job was asked for, in a line.
 * @param {Record<string, any>} job
 */
export function asked(job) {
  const parts = Object.entries(job.request ?? {})
    .filter(([, value]) => value !== null && value !== false && !(Array.isArray(value) && !value.length))
    .map(([name, value]) => (name === "source" ? String(value) : `${name} ${format(value)}`));
  return parts.slice(0, 3).join(", ") || "as usual";
}

/** @param {any} value */
export function format(value) {
  if (Array.isArray(value)) return value.join(", ") || "none";
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/**
 * Names and values.
 * @param {{ facts: [name: string, value: any][] }} props
 */
export function Facts({ facts }) {
  return html`<dl class="facts">
    ${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/**
 * What stands in place of a part that did not load: a way in, where it is closed to who asks.
 * @param {{ error: any, retry: () => void }} props
 */
export function PartError({ error, retry }) {
  if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
    return html`<${Notice} icon="user" title="The studio is for who runs this server">
      <p>Log in with an account that may administer it.</p>
      <a class="button" href="/login?next=/studio">Log in</a>
    <//>`;
  }
  return html`<${ErrorNotice} error=${error} retry=${retry} />`;
}
