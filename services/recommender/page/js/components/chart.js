/** Curves and bars as SVG, drawn to be read: few lines, labels at them, values on request. */
import { html, useState } from "../html.js";

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {[x: number, y: number][]} points ascending by x
 */

const WIDTH = 640;
const HEIGHT = 272;
const LEFT = 52;
const RIGHT = 92;
const TOP = 14;
const BOTTOM = 46;
const COLOURS = 4;

/**
 * Round values between two others, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
function ticks(low, high, count) {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? raw;
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-6; value += step) found.push(value);
  return found;
}

/** @param {number} value */
export const short = (value) => (Number.isInteger(value) ? String(value) : value.toPrecision(3).replace(/\.?0+$/, ""));

/**
 * Curves over one axis.
 * @param {{ series: Series[], xName: string, yName: string, caption: string }} props
 */
export function LineChart({ series, xName, yName, caption }) {
  const [near, setNear] = useState(/** @type {{ place: number, point: number } | null} */ (null));
  const all = series.flatMap((one) => one.points);
  if (!all.length) return null;
  const [lowX, highX] = [Math.min(0, ...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))];
  const lowest = Math.min(...all.map(([, y]) => y));
  const highest = Math.max(...all.map(([, y]) => y));
  const margin = (highest - lowest || highest || 1) * 0.08;
  const [lowY, highY] = [lowest - margin, highest + margin];
  /** @param {number} x */
  const across = (x) => LEFT + ((x - lowX) / (highX - lowX || 1)) * (WIDTH - LEFT - RIGHT);
  /** @param {number} y */
  const down = (y) => TOP + ((highY - y) / (highY - lowY)) * (HEIGHT - TOP - BOTTOM);

  const grid = ticks(lowY, highY, 4).map(
    (y) => html`<g key=${y}>
      <line class="chart__grid" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${down(y)} y2=${down(y)} />
      <text class="chart__tick" x=${LEFT - 8} y=${down(y)} dy="0.32em" text-anchor="end">${short(y)}</text>
    </g>`,
  );
  const feet = ticks(lowX, highX, 6).map(
    (x) =>
      html`<text key=${x} class="chart__tick" x=${across(x)} y=${HEIGHT - 26} text-anchor="middle">${short(x)}</text>`,
  );
  const places = labelPlaces(series.map((one) => down(one.points[one.points.length - 1][1])));
  const lines = series.map((one, place) => {
    const path = one.points.map(([x, y], point) => `${point ? "L" : "M"}${across(x)},${down(y)}`).join("");
    const dots = one.points.map(
      ([x, y], point) => html`<circle key=${point} cx=${across(x)} cy=${down(y)} r=${isNear(near, place, point) ? 5 : 3}
        onMouseEnter=${() => setNear({ place, point })} onMouseLeave=${() => setNear(null)}>
        <title>${one.name}: ${short(y)} at ${short(x)}</title>
      </circle>`,
    );
    return html`<g key=${one.name} class=${`series series--${(place % COLOURS) + 1}`}>
      <path d=${path} />${dots}
      <text x=${across(one.points[one.points.length - 1][0]) + 8} y=${places[place]} dy="0.32em">${one.name}</text>
    </g>`;
  });
  return html`<figure class="chart">
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${caption}>
      ${grid}${feet}
      <text class="chart__tick" x=${LEFT - 44} y=${TOP} dy="-0.2em">${yName}</text>
      <text class="chart__tick" x=${WIDTH - RIGHT} y=${HEIGHT - 6} text-anchor="end">${xName}</text>
      ${lines}
    </svg>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/**
 * @param {{ place: number, point: number } | null} near
 * @param {number} place
 * @param {number} point
 */
const isNear = (near, place, point) => near !== null && near.place === place && near.point === point;

/**
 * Heights of labels at the ends of curves, moved apart where they would cover one another.
 * @param {number[]} wanted
 */
function labelPlaces(wanted) {
  const order = wanted.map((_, place) => place).sort((a, b) => wanted[a] - wanted[b]);
  const found = [...wanted];
  for (let rank = 1; rank < order.length; rank += 1) {
    found[order[rank]] = Math.max(found[order[rank]], found[order[rank - 1]] + 15);
  }
  return found;
}

/**
 * Values side by side, each with its interval where it has one.
 * @param {{ rows: { name: string, value: number, interval?: [number, number] | null, isOwn?: boolean }[], caption: string }} props
 */
export function BarChart({ rows, caption }) {
  const most = Math.max(...rows.map(({ value, interval }) => interval?.[1] ?? value), 1e-12);
  const bars = rows.map(({ name, value, interval, isOwn }) => {
    const share = (/** @type {number} */ part) => `${Math.max(0, (part / most) * 100)}%`;
    const whisker =
      interval &&
      html`<span class="bars__whisker" style=${{ left: share(interval[0]), width: share(interval[1] - interval[0]) }}></span>`;
    return html`<div class=${isOwn ? "bars__row bars__row--own" : "bars__row"} key=${name}>
      <dt>${name}</dt>
      <dd>
        <span class="bars__track"><span class="bars__bar" style=${{ width: share(value) }}></span>${whisker}</span>
        <span class="bars__value">${value.toFixed(4)}</span>
      </dd>
    </div>`;
  });
  return html`<figure class="chart">
    <dl class="bars">${bars}</dl>
    <figcaption>${caption}</figcaption>
  </figure>`;
}
