/** Draws a map: points in the colours of their genres, and as many titles as there is room for. */
import { short } from "../neighbourhood.js";
import { scaleOf } from "./camera.js";
import { wordsOf } from "./points.js";

/** @typedef {import("./points.js").Points} Points */
/** @typedef {import("./camera.js").Camera} Camera */
/** @typedef {import("./camera.js").Field} Field */
/** @typedef {{ kinds: string[], other: string, faint: string, ink: string, sheet: string, accent: string, font: string }} Paints */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

const KINDS = 7;
const LETTERS = 26;
const PIXELS_A_LABEL = 24_000; // of the whole map; nearer, titles stand more densely
const LEAST_LABELS = 6;
const KNOWN = 150; // so many of the most liked are drawn larger

/**
 * The colours that are in force: `light-dark()` is resolved for an element's `color`, and not for a custom property.
 * @param {Element} element
 * @returns {Paints}
 */
export function paintsOf(element) {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const of = (/** @type {string} */ name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const paints = {
    kinds: Array.from({ length: KINDS }, (_, number) => of(`map-${number + 1}`)),
    other: of("map-other"),
    faint: of("line"),
    ink: of("ink"),
    sheet: of("sheet"),
    accent: of("accent"),
    font: getComputedStyle(element).fontFamily,
  };
  probe.remove();
  return paints;
}

/**
 * @param {Points} points
 * @param {Camera} camera
 * @param {Field} field
 */
export function projection(points, camera, field) {
  const scale = scaleOf(camera, field, points.bounds);
  const [left, top] = [field.width / 2 - camera.x * scale, field.height / 2 - camera.y * scale];
  return {
    /** @param {number} place */
    across: (place) => left + points.x[place] * scale,
    /** @param {number} place */
    down: (place) => top + points.y[place] * scale,
  };
}

/**
 * The movies that are seen, the most liked first.
 * @param {Points} points
 * @param {Camera} camera
 * @param {Field} field
 * @param {number} kind of genre, -1 for all
 * @param {number} most
 */
export function seen(points, camera, field, kind, most) {
  const { across, down } = projection(points, camera, field);
  const found = [];
  for (let place = 0; place < points.ids.length && found.length < most; place += 1) {
    if (kind >= 0 && points.kinds[place] !== kind) continue;
    const [x, y] = [across(place), down(place)];
    if (x >= 0 && y >= 0 && x <= field.width && y <= field.height) found.push(place);
  }
  return found;
}

/**
 * The movie that lies nearest to a pixel, -1 where none is near.
 * @param {Points} points
 * @param {Camera} camera
 * @param {Field} field
 * @param {number} kind of genre, -1 for all
 * @param {number} x
 * @param {number} y
 * @param {number} reach in pixels
 */
export function nearest(points, camera, field, kind, x, y, reach) {
  const { across, down } = projection(points, camera, field);
  let best = -1;
  let least = reach * reach;
  for (let place = 0; place < points.ids.length; place += 1) {
    if (kind >= 0 && points.kinds[place] !== kind) continue;
    const away = (across(place) - x) ** 2 + (down(place) - y) ** 2;
    if (away < least) [best, least] = [place, away];
  }
  return best;
}

/**
 * @param {CanvasRenderingContext2D} context scaled, so that it takes CSS pixels
 * @param {Points} points
 * @param {Camera} camera
 * @param {Field} field
 * @param {Paints} paints
 * @param {{ kind: number, near: number, covered: Box[] }} options kind: of the genre that is shown alone, -1 for all; near:
 *   -1 for none; covered: where no title is to stand
 */
export function paint(context, points, camera, field, paints, { kind, near, covered }) {
  const { across, down } = projection(points, camera, field);
  const radius = Math.min(2.3 * camera.zoom ** 0.35, 7);
  context.clearRect(0, 0, field.width, field.height);
  for (const { colour, has } of layers(points, kind, paints)) {
    context.fillStyle = colour;
    context.beginPath();
    for (let place = 0; place < points.ids.length; place += 1) {
      if (!has(points.kinds[place])) continue;
      const [x, y] = [across(place), down(place)];
      const size = place < KNOWN ? radius * 1.4 : radius;
      if (x < -size || y < -size || x > field.width + size || y > field.height + size) continue;
      context.moveTo(x + size, y);
      context.arc(x, y, size, 0, 2 * Math.PI);
    }
    context.fill();
  }
  const said = near >= 0 ? tipOf(context, points, near, across(near), down(near), radius, field, paints) : null;
  label(context, points, camera, field, paints, kind, near, radius, said ? [...covered, said.box] : [...covered]);
  if (said) drawTip(context, said, across(near), down(near), radius, paints);
}

/**
 * What is drawn in one colour, the lowest first.
 * @param {Points} points
 * @param {number} kind
 * @param {Paints} paints
 * @returns {{ colour: string, has: (kind: number) => boolean }[]}
 */
function layers({ genres }, kind, paints) {
  const colourOf = (/** @type {number} */ own) =>
    own === genres.length - 1 ? paints.other : (paints.kinds[own] ?? paints.other);
  if (kind >= 0) {
    return [
      { colour: paints.faint, has: (own) => own !== kind },
      { colour: colourOf(kind), has: (own) => own === kind },
    ];
  }
  return genres.map((_, own) => ({ colour: colourOf(own), has: (/** @type {number} */ of) => of === own })).reverse();
}

/**
 * Titles beside their points, the most liked first; none covers another.
 * @param {CanvasRenderingContext2D} context
 * @param {Points} points
 * @param {Camera} camera
 * @param {Field} field
 * @param {Paints} paints
 * @param {number} kind
 * @param {number} near
 * @param {number} radius
 * @param {Box[]} taken
 */
function label(context, points, camera, field, paints, kind, near, radius, taken) {
  const most = Math.round(((field.width * field.height) / PIXELS_A_LABEL) * (0.6 + 0.4 * Math.log2(1 + camera.zoom)));
  const { across, down } = projection(points, camera, field);
  context.font = `600 12px ${paints.font}`;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = paints.sheet;
  context.fillStyle = paints.ink;
  let written = 0;
  for (const place of seen(points, camera, field, kind, 8 * Math.max(most, LEAST_LABELS))) {
    if (place === near) continue;
    const text = short(points.titles[place], LETTERS);
    const width = widthOf(context, text);
    const y = down(place);
    const gap = radius + 4;
    const right = across(place) + gap;
    const x = right + width <= field.width - 2 ? right : across(place) - gap - width;
    const box = { left: x - 3, top: y - 8, right: x + width + 3, bottom: y + 8 };
    if (box.left < 0 || box.top < 0 || box.bottom > field.height) continue;
    if (taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
    written += 1;
    if (written >= Math.max(most, LEAST_LABELS)) break;
  }
}

/** @type {Map<string, number>} widths of titles, which are measured once */
const widths = new Map();

/** @param {CanvasRenderingContext2D} context @param {string} text */
function widthOf(context, text) {
  let width = widths.get(text);
  if (width === undefined) {
    width = context.measureText(text).width;
    widths.set(text, width);
  }
  return width;
}

/** @param {Box} one @param {Box} other */
const overlap = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/**
 * What is said of the movie that is pointed at, and where.
 * @param {CanvasRenderingContext2D} context
 * @param {Points} points
 * @param {number} place
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {Field} field
 * @param {Paints} paints
 * @returns {{ text: string, box: Box }}
 */
function tipOf(context, points, place, x, y, radius, field, paints) {
  context.font = `600 13px ${paints.font}`;
  const text = short(wordsOf(points, place), 46);
  const width = Math.min(context.measureText(text).width + 20, field.width - 8);
  const left = Math.min(Math.max(x - width / 2, 4), field.width - width - 4);
  const top = y > 48 ? y - radius - 42 : y + radius + 14;
  return { text, box: { left, top, right: left + width, bottom: top + 28 } };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ text: string, box: Box }} tip
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {Paints} paints
 */
function drawTip(context, { text, box }, x, y, radius, paints) {
  context.beginPath();
  context.arc(x, y, radius * 1.4 + 3, 0, 2 * Math.PI);
  context.lineWidth = 2.5;
  context.strokeStyle = paints.accent;
  context.stroke();
  context.beginPath();
  context.roundRect(box.left, box.top, box.right - box.left, 28, 6);
  context.fillStyle = paints.ink;
  context.fill();
  context.font = `600 13px ${paints.font}`;
  context.fillStyle = paints.sheet;
  context.fillText(text, box.left + 10, box.top + 15, box.right - box.left - 20);
}
