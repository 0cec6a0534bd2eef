/** What a drawing of the graph shows: one node in the middle, and what it is connected with, as nodes and lines. */
import { api, segment } from "./api.js";
import { spoken } from "./components/cover.js";
import { settle } from "./force.js";
import { quoted } from "./picks.js";

/** @typedef {import("./components/cover.js").Movie} Movie */
/** @typedef {{ way: string, name: string, movies?: number }} Thing a person, tag, genre or year */
/**
 * @typedef {object} GraphNode
 * @property {string} key
 * @property {Movie} [movie] it is a movie, or
 * @property {Thing} [thing]
 * @property {number} x
 * @property {number} y
 * @property {number} radius of the room around it
 * @property {number} half of its width
 * @property {number} above how far it reaches up
 * @property {number} below how far it reaches down, its name included
 * @property {boolean} [isFixed] the one in the middle
 */
/** @typedef {{ nodes: GraphNode[], lines: [number, number][] }} Drawing */
/** @typedef {{ width: number, height: number, things: number, each: number, similar: number, near: number, far: number,
 *   middle: number, name: number }} Field how much there is room for; how long lines from the middle and others are; how
 *   wide the cover in the middle is, and how many letters a name may have */

export const WIDE = {
  width: 1100,
  height: 620,
  things: 9,
  each: 2,
  similar: 5,
  near: 175,
  far: 110,
  middle: 84,
  name: 19,
};
export const NARROW = {
  width: 400,
  height: 560,
  things: 5,
  each: 1,
  similar: 3,
  near: 165,
  far: 120,
  middle: 70,
  name: 14,
};
const MOVIE_RADIUS = 46;
export const COVER_WIDTH = 50; // how wide a cover is that is not the middle's
const NAME = 24; // how high a name beneath it is
const LETTER = 3.5; // half of a name's letter
const THING_RADIUS = 34;
const THING_HALF = 18; // of its label's height
const MOST_LETTERS = 22;

/** @param {string} text @param {number} [most] */
export const short = (text, most = MOST_LETTERS) =>
  text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;

/** How wide a thing's label is. @param {Thing} thing */
export const widthOf = (thing) => Math.max(56, short(thing.name).length * 7.6 + 30);

/** @param {Movie} movie @param {Field} field */
const movieNode = (movie, field) => ({
  key: movie.movieId,
  movie,
  radius: MOVIE_RADIUS,
  half: Math.max(MOVIE_RADIUS, short(spoken(movie.title), field.name).length * LETTER),
  above: COVER_WIDTH * 0.75,
  below: COVER_WIDTH * 0.75 + NAME,
});

/** @param {Thing} thing */
const thingNode = (thing) => ({
  key: keyOf(thing),
  thing,
  radius: THING_RADIUS,
  half: widthOf(thing) / 2 + 4,
  above: THING_HALF,
  below: THING_HALF,
});

/** The key of a thing, as addresses hold it. @param {Thing} thing */
export const keyOf = ({ way, name }) => `${way}:${name}`;

/**
 * @param {string} key
 * @returns {Thing | null}
 */
export function thingOf(key) {
  const [, way, name] = /^(director|actor|tag|genre|year):(.+)$/s.exec(key) ?? [];
  return way ? { way, name } : null;
}

/**
 * What is around a movie: what it shares with others, some of these, and the most alike.
 * @param {string} movieId
 * @param {AbortSignal} signal
 * @returns {Promise<{ things: (Thing & { others: Movie[] })[], similar: Movie[] }>}
 */
export async function aroundMovie(movieId, signal) {
  const path = `/v1/movies/${segment(movieId)}`;
  const [connections, similar] = await Promise.all([
    api.get(`${path}/connections`, { query: { others: WIDE.each + 1 }, signal }),
    api.get(`${path}/similar`, { query: { limit: WIDE.similar }, signal }),
  ]);
  return { things: connections.items, similar: similar.items };
}

/**
 * The most rated movies that have a thing.
 * @param {Thing} thing
 * @param {AbortSignal} signal
 * @returns {Promise<Movie[]>}
 */
export async function aroundThing({ way, name }, signal) {
  const filter = way === "year" ? `year = ${Number(name)}` : `${way} = ${quoted(name)}`;
  return (await api.get("/v1/movies/popular", { query: { filter, limit: 14 }, signal })).items;
}

/**
 * @param {Movie} movie
 * @param {Awaited<ReturnType<typeof aroundMovie>>} around
 * @param {Field} field
 * @returns {Drawing}
 */
export function drawMovie(movie, around, field) {
  const above = field.middle * 0.75;
  const middle = { ...movieNode(movie, field), radius: MOVIE_RADIUS * 1.35, above, below: above + NAME };
  const drawing = begin(middle, field);
  const { add } = drawing;
  const mostShown = around.things.slice(0, field.things);
  mostShown.forEach((thing, n) => {
    const angle = (2 * Math.PI * n) / mostShown.length;
    const place = add(thingNode(thing), 0, angle, 0.42);
    thing.others.slice(0, field.each).forEach((other, m) => {
      add(movieNode(other, field), place, angle + (m - 0.5) * 0.5, 0.85);
    });
  });
  around.similar.slice(0, field.similar).forEach((other, n) => {
    add(movieNode(other, field), 0, ((n + 0.5) * 2 * Math.PI) / field.similar, 0.7);
  });
  return drawing.end();
}

/**
 * @param {Thing} thing
 * @param {Movie[]} movies
 * @param {Field} field
 * @returns {Drawing}
 */
export function drawThing(thing, movies, field) {
  const drawing = begin({ ...thingNode(thing), radius: THING_RADIUS * 1.4 }, field);
  const shown = movies.slice(0, field.things + field.similar);
  shown.forEach((movie, n) => {
    drawing.add(movieNode(movie, field), 0, (2 * Math.PI * n) / shown.length, 0.75);
  });
  return drawing.end();
}

/**
 * @param {Omit<GraphNode, "x" | "y">} middle
 * @param {Field} field
 */
function begin(middle, { width, height, near, far }) {
  /** @type {GraphNode[]} */
  const nodes = [{ ...middle, x: width / 2, y: height / 2, isFixed: true }];
  /** @type {[number, number][]} */
  const lines = [];
  return {
    /**
     * Connect a node with another; one that is there already gets a line alone.
     * @param {Omit<GraphNode, "x" | "y">} node
     * @param {number} to number of the other
     * @param {number} angle where it begins, seen from the middle
     * @param {number} away how far, in parts of the way to the edge
     */
    add(node, to, angle, away) {
      let place = nodes.findIndex((other) => other.key === node.key);
      if (place < 0) {
        const x = width * (0.5 + Math.cos(angle) * away * 0.5);
        const y = height * (0.5 + Math.sin(angle) * away * 0.5);
        place = nodes.push({ ...node, x, y }) - 1;
      }
      if (place !== to) lines.push([to, place]);
      return place;
    },
    end() {
      const springs = lines.map(([source, target]) => ({ source, target, length: source ? far : near }));
      settle(nodes, springs, width, height);
      return { nodes, lines };
    },
  };
}
