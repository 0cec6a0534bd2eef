/** Jobs as they change: read once, then told by the server. */
import { api } from "../../api.js";
import { useEffect, useState } from "../../html.js";
import { useResource } from "../../resource.js";

const SHOWN = 50;

/**
 * The newest jobs, kept up to date for as long as the component is shown.
 * @returns {import("../../resource.js").Resource<Record<string, any>[]>}
 */
export function useJobs() {
  const first = useResource((signal) => api.get("/v1/jobs", { query: { limit: SHOWN }, signal }), []);
  const [changes, setChanges] = useState(/** @type {Record<string, any>} */ ({}));
  useEffect(() => {
    const stream = new EventSource("/v1/jobs/events");
    stream.addEventListener("job", (event) => {
      const job = JSON.parse(event.data);
      setChanges((known) => ({ ...known, [job.jobId]: job }));
    });
    return () => stream.close();
  }, []);
  const known = new Map((first.data?.items ?? []).map((/** @type {any} */ job) => [job.jobId, job]));
  for (const job of Object.values(changes)) known.set(job.jobId, { ...known.get(job.jobId), ...job });
  const jobs = [...known.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return { ...first, data: first.data ? jobs : null };
}

/**
 * One job, kept up to date until it has ended.
 * @param {string} id
 */
export function useJob(id) {
  const first = useResource((signal) => api.get(`/v1/jobs/${encodeURIComponent(id)}`, { signal }), [id]);
  const [change, setChange] = useState(/** @type {Record<string, any>} */ ({}));
  useEffect(() => {
    const stream = new EventSource(`/v1/jobs/${encodeURIComponent(id)}/events`);
    stream.addEventListener("job", (event) => {
      const job = JSON.parse(event.data);
      setChange(job);
      if (job.finishedAt) {
        stream.close();
        first.retry(); // the result comes with the job alone
      }
    });
    stream.onerror = () => stream.readyState === EventSource.CLOSED && stream.close();
    return () => stream.close();
  }, [id]);
  return { ...first, data: first.data ? { ...first.data, ...change } : null };
}

/** @param {Record<string, any>} job */
export const isOver = (job) => !["queued", "running"].includes(job.state);
