/** What part of a map is seen: where its middle lies, and how many times nearer it is than the whole. */

/** @typedef {{ x: number, y: number, zoom: number }} Camera */
/** @typedef {{ width: number, height: number }} Field in pixels */
/** @typedef {{ x: number, y: number, width: number, height: number }} Bounds */

const MOST_ZOOM = 60;
const MARGIN = 28;

/**
 * @param {Bounds} bounds
 * @returns {Camera} that sees all of it
 */
export const whole = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2, zoom: 1 });

/**
 * Pixels for one unit of the map.
 * @param {Camera} camera
 * @param {Field} field
 * @param {Bounds} bounds
 */
export const scaleOf = (camera, field, bounds) =>
  camera.zoom *
  Math.min(
    Math.max(field.width - 2 * MARGIN, 1) / Math.max(bounds.width, 1e-6),
    Math.max(field.height - 2 * MARGIN, 1) / Math.max(bounds.height, 1e-6),
  );

/**
 * The same, but neither beyond the map's edge nor too near or far.
 * @param {Camera} camera
 * @param {Bounds} bounds
 * @returns {Camera}
 */
export function within({ x, y, zoom }, bounds) {
  return {
    x: Math.min(Math.max(x, bounds.x), bounds.x + bounds.width),
    y: Math.min(Math.max(y, bounds.y), bounds.y + bounds.height),
    zoom: Math.min(Math.max(zoom, 1), MOST_ZOOM),
  };
}

/**
 * Nearer or farther, so that what lies under a pixel stays there.
 * @param {Camera} camera
 * @param {number} factor
 * @param {number} across pixels from the middle
 * @param {number} down
 * @param {Field} field
 * @param {Bounds} bounds
 */
export function zoomed(camera, factor, across, down, field, bounds) {
  const zoom = Math.min(Math.max(camera.zoom * factor, 1), MOST_ZOOM);
  const before = 1 / scaleOf(camera, field, bounds);
  const after = 1 / scaleOf({ ...camera, zoom }, field, bounds);
  return within({ x: camera.x + across * (before - after), y: camera.y + down * (before - after), zoom }, bounds);
}

/**
 * On the way from one to another.
 * @param {Camera} from
 * @param {Camera} to
 * @param {number} part 0 to 1
 * @returns {Camera}
 */
export const between = (from, to, part) => ({
  x: from.x + (to.x - from.x) * part,
  y: from.y + (to.y - from.y) * part,
  zoom: from.zoom * (to.zoom / from.zoom) ** part,
});

/** As an address holds it. @param {Camera} camera */
export const textOf = ({ x, y, zoom }) => `${x.toFixed(4)},${y.toFixed(4)},${zoom.toFixed(2)}`;

/**
 * @param {string | null} text
 * @param {Bounds} bounds
 * @returns {Camera} of the whole map, where the address holds none
 */
export function cameraOf(text, bounds) {
  const [x, y, zoom] = (text ?? "").split(",").map(Number);
  return [x, y, zoom].every(Number.isFinite) ? within({ x, y, zoom }, bounds) : whole(bounds);
}
