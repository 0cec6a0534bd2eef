/** A small force layout: nodes push one another away, links pull, all stay on the field. */

/**
 * @typedef {object} Body
 * @property {number} x
 * @property {number} y
 * @property {number} radius of the room that it pushes others out of
 * @property {number} half of its width
 * @property {number} above how far it reaches up from its middle
 * @property {number} below how far it reaches down from its middle, its name included
 * @property {boolean} [isFixed]
 */

/** @typedef {{ source: number, target: number, length: number }} Spring numbers of bodies */

const STEPS = 260;
const APART_STEPS = 120;
const GAP = 4;

/**
 * Move the bodies to where they lie well; the same beginning leads to the same end.
 * @param {Body[]} bodies
 * @param {Spring[]} springs
 * @param {number} width
 * @param {number} height
 */
export function settle(bodies, springs, width, height) {
  for (let step = 0; step < STEPS; step += 1) {
    const heat = (1 - step / STEPS) ** 1.5;
    const moves = bodies.map(() => [0, 0]);
    bodies.forEach((one, i) => {
      for (let j = i + 1; j < bodies.length; j += 1) {
        const other = bodies[j];
        const [dx, dy] = [(one.x - other.x) * (height / width), one.y - other.y];
        const distance = Math.max(1, Math.hypot(dx, dy));
        const room = one.radius + other.radius + 26;
        const push = (1600 / distance ** 2) * 2.2 + (distance < room ? (room - distance) * 0.22 : 0);
        const [px, py] = [(dx / distance) * push, (dy / distance) * push];
        moves[i][0] += px;
        moves[i][1] += py;
        moves[j][0] -= px;
        moves[j][1] -= py;
      }
    });
    for (const { source, target, length } of springs) {
      const [from, to] = [bodies[source], bodies[target]];
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      const distance = Math.max(1, Math.hypot(dx, dy));
      const pull = (distance - length) * 0.06;
      const [px, py] = [(dx / distance) * pull, (dy / distance) * pull];
      moves[source][0] += px;
      moves[source][1] += py;
      moves[target][0] -= px;
      moves[target][1] -= py;
    }
    bodies.forEach((body, i) => {
      if (body.isFixed) return;
      const [dx, dy] = moves[i];
      const length = Math.hypot(dx, dy);
      const most = 24 * heat;
      const scale = length > most ? most / length : 1;
      body.x += dx * scale;
      body.y += dy * scale;
      keepOn(body, width, height);
    });
  }
  moveApart(bodies, width, height);
}

/**
 * Move what still covers another aside: as boxes, since a name is wider than it is high.
 * @param {Body[]} bodies
 * @param {number} width
 * @param {number} height
 */
function moveApart(bodies, width, height) {
  for (let step = 0; step < APART_STEPS; step += 1) {
    let isDone = true;
    bodies.forEach((one, i) => {
      for (const other of bodies.slice(i + 1)) {
        const [dx, dy] = [one.x - other.x, one.y - other.y];
        const across = one.half + other.half + GAP - Math.abs(dx);
        const down = (dy < 0 ? one.below + other.above : one.above + other.below) + GAP - Math.abs(dy);
        if (across <= 0 || down <= 0) continue;
        isDone = false;
        const isAcross = across < down;
        const push = (isAcross ? across : down) * ((isAcross ? dx : dy) < 0 ? -1 : 1);
        const free = one.isFixed || other.isFixed ? 1 : 2;
        for (const [body, sign] of /** @type {[Body, number][]} */ ([
          [one, 1],
          [other, -1],
        ])) {
          if (body.isFixed) continue;
          if (isAcross) body.x += (sign * push) / free;
          else body.y += (sign * push) / free;
          keepOn(body, width, height);
        }
      }
    });
    if (isDone) return;
  }
}

/**
 * @param {Body} body
 * @param {number} width
 * @param {number} height
 */
function keepOn(body, width, height) {
  body.x = Math.min(width - body.half, Math.max(body.half, body.x));
  body.y = Math.min(height - body.below, Math.max(body.above, body.y));
}
