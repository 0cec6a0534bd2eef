/** The map to fly over: moved by dragging, keys, wheel, pinch and buttons. What is drawn, the painter knows. */
import { Icon } from "../components/icon.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { theme } from "../theme.js";
import { between, textOf, whole, within, scaleOf, zoomed } from "./camera.js";
import { nearest, paint, paintsOf, seen } from "./painter.js";
import { wordsOf } from "./points.js";

/** @typedef {import("./camera.js").Camera} Camera */
/** @typedef {import("./points.js").Points} Points */
/** @typedef {{ show: (place: number) => void, flyTo: (place: number) => void }} Handle */

const SETTLED_MS = 200;
const FLIGHT_MS = 500;
const STEP = 0.15; // of the field, by an arrow key
const FACTOR = 1.5; // by a key or a button
const CLOSE = 8; // how near one flies to a movie
const REACH = { mouse: 12, touch: 24 };
const LISTED = 12;
/** @type {Record<string, [across: number, down: number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {{ points: Points, at: Camera, kind: number, handle: { current: Handle | null },
 *   onOpen: (place: number) => void, onSettle: (camera: Camera, listed: number[]) => void }} props
 *   at: what the address says; kind: the genre that is shown alone, -1 for all; onSettle: told once it rests
 */
export function MapField({ points, at, kind, handle, onOpen, onSettle }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [near, setNear] = useState(-1);
  const engine = useRef(/** @type {ReturnType<typeof start> | null} */ (null));
  const told = useRef({ onOpen, onSettle, setNear });
  told.current = { onOpen, onSettle, setNear };

  useEffect(() => {
    if (!canvas.current) return undefined;
    const made = start(canvas.current, points, at, kind, told);
    engine.current = made;
    handle.current = { show: made.point, flyTo: made.flyTo };
    return made.end;
  }, [points]);
  useEffect(() => engine.current?.only(kind), [kind]);
  useEffect(() => engine.current?.goTo(at), [textOf(at)]);

  const press = (/** @type {string} */ key) => () => engine.current?.press(key);
  return html`<div class="map__field">
    <div class="map__canvas" tabindex="0" role="application" aria-roledescription="map" aria-describedby="map-keys"
      aria-label="Map of ${points.ids.length} films" onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey && engine.current?.press(event.key))
          event.preventDefault();
      }}><canvas ref=${canvas}></canvas></div>
    <div class="map__buttons">
      <button class="button button--quiet button--icon" type="button" aria-label="Nearer" onClick=${press("+")}><${Icon} name="plus" /></button>
      <button class="button button--quiet button--icon" type="button" aria-label="Farther" onClick=${press("-")}><${Icon} name="minus" /></button>
      <button class="button button--quiet button--icon" type="button" aria-label="All of the map" onClick=${press("0")}><${Icon} name="whole" /></button>
    </div>
    <p class="map__said" role="status">${near < 0 ? "" : wordsOf(points, near)}</p>
    <p class="for-readers" id="map-keys">Arrow keys move, plus and minus zoom, zero shows all, Enter opens the film in the middle.
      The list and the search beside it lead to the same films.</p>
  </div>`;
}

/**
 * Draw a map on a canvas, and follow what is done to it until `end` is called.
 * @param {HTMLCanvasElement} canvas
 * @param {Points} points
 * @param {Camera} camera
 * @param {number} kind
 * @param {{ current: { onOpen: (place: number) => void, onSettle: (camera: Camera, listed: number[]) => void, setNear: (place: number) => void } }} told
 */
function start(canvas, points, camera, kind, told) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const box = /** @type {HTMLElement} */ (canvas.parentElement);
  const { bounds } = points;
  let field = { width: 1, height: 1 };
  let paints = paintsOf(box);
  let covered = /** @type {import("./painter.js").Box[]} */ ([]);
  let near = -1;
  let frame = 0;
  let flight = 0;
  let rest = /** @type {any} */ (0);

  const draw = () => {
    frame = 0;
    paint(context, points, camera, field, paints, { kind, near, covered });
  };
  const redraw = () => {
    frame ||= requestAnimationFrame(draw);
  };
  const settle = () => told.current.onSettle(camera, seen(points, camera, field, kind, LISTED));
  const changed = () => {
    redraw();
    clearTimeout(rest);
    rest = setTimeout(settle, SETTLED_MS);
  };
  /** @param {Camera} next */
  const look = (next) => {
    cancelAnimationFrame(flight);
    camera = within(next, bounds);
    changed();
  };
  /** @param {Camera} to */
  const fly = (to) => {
    cancelAnimationFrame(flight);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      look(to);
      return;
    }
    const [from, began] = [camera, performance.now()];
    const step = () => {
      const part = Math.min((performance.now() - began) / FLIGHT_MS, 1);
      camera = between(from, to, 1 - (1 - part) ** 3);
      changed();
      if (part < 1) flight = requestAnimationFrame(step);
    };
    step();
  };
  /** @param {number} place -1 for none */
  const point = (place) => {
    if (place === near) return;
    near = place;
    told.current.setNear(place);
    redraw();
  };
  /** @param {number} across pixels @param {number} down */
  const pan = (across, down) => {
    const scale = scaleOf(camera, field, bounds);
    look({ ...camera, x: camera.x + across / scale, y: camera.y + down / scale });
  };
  /** @param {number} factor @param {number} [across] pixels from the middle @param {number} [down] */
  const zoom = (factor, across = 0, down = 0) => look(zoomed(camera, factor, across, down, field, bounds));
  const inTheMiddle = () =>
    nearest(points, camera, field, kind, field.width / 2, field.height / 2, Math.min(field.width, field.height) / 2);

  /** @param {string} key @returns {boolean} whether it means something */
  const press = (key) => {
    const arrow = ARROWS[key];
    if (arrow) pan(arrow[0] * STEP * field.width, arrow[1] * STEP * field.height);
    else if (key === "+" || key === "=") zoom(FACTOR);
    else if (key === "-") zoom(1 / FACTOR);
    else if (key === "0") fly(whole(bounds));
    else if (key === "Enter" && near >= 0) told.current.onOpen(near);
    else if (key === "Escape" && near >= 0) point(-1);
    else return false;
    if (arrow || key === "+" || key === "=" || key === "-") point(inTheMiddle());
    return true;
  };

  const sized = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = box;
    if (!width || !height) return;
    field = { width, height };
    covered = buttonsOver(box);
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    draw(); // at once, for a canvas that was resized is empty
    changed();
  });
  sized.observe(box);
  const repaint = () => {
    paints = paintsOf(box);
    redraw();
  };
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", repaint);
  const themed = theme.subscribe(() => requestAnimationFrame(repaint));
  const released = followPointers(box, {
    pan,
    zoom,
    field: () => field,
    hover: (x, y, reach) => point(nearest(points, camera, field, kind, x, y, reach)),
    tap: (x, y, isTouch) => {
      const hit = nearest(points, camera, field, kind, x, y, isTouch ? REACH.touch : REACH.mouse);
      if (hit >= 0 && (!isTouch || hit === near)) told.current.onOpen(hit);
      else point(hit);
    },
  });

  return {
    press,
    point,
    /** @param {number} place */
    flyTo(place) {
      point(place);
      fly({ x: points.x[place], y: points.y[place], zoom: Math.max(camera.zoom, CLOSE) });
    },
    /** @param {Camera} to */
    goTo(to) {
      if (textOf(to) !== textOf(camera)) look(to);
    },
    /** @param {number} next */
    only(next) {
      kind = next;
      if (near >= 0 && kind >= 0 && points.kinds[near] !== kind) point(-1);
      changed();
    },
    end() {
      clearTimeout(rest);
      cancelAnimationFrame(frame);
      cancelAnimationFrame(flight);
      sized.disconnect();
      scheme.removeEventListener("change", repaint);
      themed();
      released();
    },
  };
}

/**
 * Where the buttons lie over the map: no title is written there.
 * @param {HTMLElement} box
 */
function buttonsOver(box) {
  const { left, top } = box.getBoundingClientRect();
  return [...(box.parentElement?.querySelectorAll(".map__buttons") ?? [])].map((buttons) => {
    const its = buttons.getBoundingClientRect();
    return { left: its.left - left, top: its.top - top, right: its.right - left, bottom: its.bottom - top };
  });
}

/**
 * Follow mouse, fingers and wheel.
 * @param {HTMLElement} box
 * @param {{ pan: (across: number, down: number) => void, zoom: (factor: number, across: number, down: number) => void,
 *   field: () => { width: number, height: number }, hover: (x: number, y: number, reach: number) => void,
 *   tap: (x: number, y: number, isTouch: boolean) => void }} to
 * @returns {() => void} ends it
 */
function followPointers(box, { pan, zoom, field, hover, tap }) {
  /** @type {Map<number, [x: number, y: number]>} */
  const down = new Map();
  let moved = 0;
  const place = (/** @type {MouseEvent} */ event) => {
    const { left, top } = box.getBoundingClientRect();
    return /** @type {[number, number]} */ ([event.clientX - left, event.clientY - top]);
  };
  const apart = () => {
    const [one, other] = [...down.values()];
    return Math.max(Math.hypot(one[0] - other[0], one[1] - other[1]), 1);
  };
  const onDown = (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    box.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    moved = down.size > 1 ? Infinity : 0;
  };
  const onMove = (/** @type {PointerEvent} */ event) => {
    const here = place(event);
    const before = down.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") hover(...here, REACH.mouse);
      return;
    }
    const [across, along] = [here[0] - before[0], here[1] - before[1]];
    const was = down.size === 2 ? apart() : 0;
    down.set(event.pointerId, here);
    moved += Math.hypot(across, along);
    pan(-across / down.size, -along / down.size);
    if (was) {
      const [one, other] = [...down.values()];
      const { width, height } = field();
      zoom(apart() / was, (one[0] + other[0] - width) / 2, (one[1] + other[1] - height) / 2);
    }
  };
  const onUp = (/** @type {PointerEvent} */ event) => {
    const isTap = down.delete(event.pointerId) && event.type === "pointerup" && moved < 6;
    if (isTap) tap(...place(event), event.pointerType !== "mouse");
  };
  const onLeave = (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "mouse" && !down.size) hover(-1, -1, 0);
  };
  const onWheel = (/** @type {WheelEvent} */ event) => {
    event.preventDefault();
    const { width, height } = field();
    const [x, y] = place(event);
    const turned = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    zoom(Math.exp(-turned * (event.ctrlKey ? 0.01 : 0.0015)), x - width / 2, y - height / 2);
  };
  /** @type {[string, any][]} */
  const listeners = [
    ["pointerdown", onDown],
    ["pointermove", onMove],
    ["pointerup", onUp],
    ["pointercancel", onUp],
    ["pointerleave", onLeave],
    ["wheel", onWheel],
  ];
  for (const [name, listener] of listeners) box.addEventListener(name, listener, { passive: false });
  return () => listeners.forEach(([name, listener]) => box.removeEventListener(name, listener));
}
