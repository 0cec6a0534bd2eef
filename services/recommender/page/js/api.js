/** The recommender's REST interface. Every fault is an `ApiError` that can be shown. */
import { createStore } from "./store.js";

const TIMEOUT_MS = 20_000;

/** Whether the server was out of reach when it was last asked. */
export const isOffline = createStore(false);

/** How long the graph has been away, in words of the header `Marquee-Graph`; null while it is here. */
export const graphAway = createStore(/** @type {string | null} */ (null));

export class ApiError extends Error {
  /**
   * @param {string} title
   * @param {string} detail
   * @param {number} status 0 where there was no answer
   * @param {Record<string, any>} problem the answer's problem details
   */
  constructor(title, detail, status, problem = {}) {
    super(detail || title);
    this.name = "ApiError";
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.problem = problem;
  }

  /** The last part of the problem's `type`, as in "not-found". */
  get kind() {
    return (
      String(this.problem.type ?? "")
        .split(/[/:#]/)
        .pop() ?? ""
    );
  }
}

/** @type {() => Record<string, string>} */
let headersOfChange = () => ({});

/**
 * Let every request that changes something carry more headers, such as a token against forged requests.
 * @param {() => Record<string, string>} headers
 */
export function setHeadersOfChange(headers) {
  headersOfChange = headers;
}

/**
 * @typedef {object} Options
 * @property {AbortSignal} [signal]
 * @property {Record<string, string | number | boolean | string[] | null | undefined>} [query] empty ones are left out
 * @property {any} [body] sent as JSON
 * @property {number} [timeout] milliseconds
 */

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 * @returns {Promise<any>} the answer's JSON, null where it has none
 * @throws {ApiError} or the `AbortError` of `options.signal`
 */
async function request(method, path, { signal, query, body, timeout = TIMEOUT_MS } = {}) {
  const signals = [AbortSignal.timeout(timeout), ...(signal ? [signal] : [])];
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") Object.assign(headers, headersOfChange());
  let response;
  let answer;
  try {
    response = await fetch(withQuery(path, query), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.any(signals),
      credentials: "same-origin",
    });
    const isJson = response.status !== 204 && /json/.test(response.headers.get("Content-Type") ?? "");
    answer = isJson ? await response.json() : null;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (signals[0].aborted) {
      throw new ApiError("That took too long", "The server has not answered in time. Try again in a moment.", 0);
    }
    isOffline.set(true);
    throw new ApiError("The server can’t be reached", "Check the connection; what is on the page stays.", 0);
  }
  isOffline.set(false);
  graphAway.set(response.headers.get("Marquee-Graph"));
  if (response.ok) return answer;
  const problem = answer ?? {};
  throw new ApiError(problem.title ?? "Something went wrong", problem.detail ?? "", response.status, problem);
}

/**
 * @param {string} path
 * @param {Options["query"]} query
 */
function withQuery(path, query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) value.forEach((one) => parameters.append(name, one));
    else if (value !== null && value !== undefined && value !== "") parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

export const api = {
  /** @param {string} path @param {Options} [options] */
  get: (path, options) => request("GET", path, options ?? {}),
  /** @param {string} path @param {any} [body] @param {Options} [options] */
  post: (path, body, options) => request("POST", path, { ...options, body }),
  /** @param {string} path @param {any} [body] @param {Options} [options] */
  put: (path, body, options) => request("PUT", path, { ...options, body }),
  /** @param {string} path @param {any} [body] @param {Options} [options] */
  patch: (path, body, options) => request("PATCH", path, { ...options, body }),
  /** @param {string} path @param {Options} [options] */
  delete: (path, options) => request("DELETE", path, options ?? {}),
};

/**
 * An id as a part of a path.
 * @param {string} id
 */
export const segment = (id) => encodeURIComponent(id);
