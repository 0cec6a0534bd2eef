/** A movie's cover, designed from its title, year and genres: the same movie always gets the same one. */
import { html } from "../html.js";

const WIDTH = 300;
const HEIGHT = 450;

/** @typedef {{ paper: string, ink: string, one: string, two: string }} Palette */

/** @type {Record<string, Palette[]>} of a genre's mood; texts in `ink` on `paper` have a contrast of 7 or more */
const PALETTES = {
  calm: [
    { paper: "#efe6d8", ink: "#2b2420", one: "#c8a27a", two: "#8a5a44" },
    { paper: "#e3e6dd", ink: "#22302a", one: "#9bb09a", two: "#5c7a67" },
    { paper: "#e9dfe0", ink: "#33232a", one: "#c99aa5", two: "#8a4a5c" },
  ],
  bright: [
    { paper: "#f7dfa6", ink: "#3a2505", one: "#e8883a", two: "#c94f3d" },
    { paper: "#f6d3c4", ink: "#43190f", one: "#e9765b", two: "#f0b04f" },
    { paper: "#cfe7e3", ink: "#0f3034", one: "#58a9a4", two: "#e7a04b" },
  ],
  dark: [
    { paper: "#1c1a22", ink: "#f2ece4", one: "#6b2230", two: "#a8323a" },
    { paper: "#161d24", ink: "#e9eef2", one: "#2f4a5e", two: "#7a9bb0" },
    { paper: "#221a16", ink: "#f5e9dc", one: "#7a4a22", two: "#c28a3f" },
  ],
  far: [
    { paper: "#141833", ink: "#edeefb", one: "#3b4a9a", two: "#d98a5a" },
    { paper: "#0f2630", ink: "#e6f3f2", one: "#1f6470", two: "#d9b45a" },
    { paper: "#241638", ink: "#f2eafb", one: "#6a3fa0", two: "#e08aa8" },
  ],
  bold: [
    { paper: "#a3302a", ink: "#fff4ec", one: "#7a1e1c", two: "#f0b04f" },
    { paper: "#22485c", ink: "#f1f6f8", one: "#16323f", two: "#f08a5a" },
    { paper: "#2f4a30", ink: "#f3f6ea", one: "#1f3422", two: "#d9c05a" },
  ],
};

/** @type {Record<string, keyof typeof PALETTES>} */
const MOODS = {
  Action: "bold",
  Adventure: "bold",
  Animation: "bright",
  Children: "bright",
  "Children's": "bright",
  Comedy: "bright",
  Crime: "dark",
  Documentary: "calm",
  Drama: "calm",
  Fantasy: "far",
  "Film-Noir": "dark",
  Horror: "dark",
  IMAX: "far",
  Musical: "bright",
  Mystery: "dark",
  Romance: "calm",
  "Sci-Fi": "far",
  Thriller: "dark",
  War: "bold",
  Western: "bold",
};

/** The genres that say most come first. */
const TELLING = [
  "Film-Noir", "Western", "Horror", "Sci-Fi", "Animation", "Musical", "War", "Documentary", "Fantasy", "Mystery", "Crime",
  "Children", "Children's", "Romance", "Thriller", "Adventure", "Action", "Comedy", "Drama",
];

/** @param {string} text @returns {number} 0 to 2³² − 1, FNV-1a */
function hash(text) {
  let value = 0x811c9dc5;
  for (let place = 0; place < text.length; place += 1) {
    value = Math.imul(value ^ text.charCodeAt(place), 0x01000193) >>> 0;
  }
  return value;
}

/** @param {number} seed @returns {() => number} numbers in [0, 1), the same for the same seed */
function random(seed) {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** @type {((next: () => number, palette: Palette) => any)[]} what fills the upper part, 300 wide and 270 high */
const PATTERNS = [
  function suns(next, { one, two }) {
    const [x, y] = [80 + next() * 140, 110 + next() * 60];
    const rings = [110, 84, 58, 32].map((radius, place) => html`<circle key=${radius} cx=${x} cy=${y} r=${radius} fill=${place % 2 ? two : one} />`);
    return html`<g>${rings}</g>`;
  },
  function hills(next, { one, two }) {
    const crest = (/** @type {number} */ base) =>
      `M0 ${base + next() * 30}C80 ${base - 50 + next() * 40} 130 ${base + 30} 190 ${base - 10 + next() * 30}S270 ${base - 30} 300 ${base}V290H0Z`;
    return html`<g><circle cx=${60 + next() * 180} cy="86" r="40" fill=${two} /><path d=${crest(150)} fill=${one} opacity="0.55" />
      <path d=${crest(190)} fill=${one} /><path d=${crest(232)} fill=${two} opacity="0.8" /></g>`;
  },
  function stripes(next, { one, two }) {
    const tilt = -30 + next() * 60;
    const bars = Array.from({ length: 9 }, (_, place) => html`<rect key=${place} x=${-120 + place * 64} y="-120" width=${14 + next() * 34} height="560" fill=${place % 3 ? one : two} />`);
    return html`<g transform=${`rotate(${tilt} 150 140)`}>${bars}</g>`;
  },
  function dots(next, { one, two }) {
    const [column, row] = [Math.floor(next() * 6), Math.floor(next() * 5)];
    const found = [];
    for (let y = 0; y < 5; y += 1) {
      for (let x = 0; x < 6; x += 1) {
        const isChosen = x === column && y === row;
        found.push(html`<circle key=${`${x}-${y}`} cx=${38 + x * 45} cy=${44 + y * 46} r=${isChosen ? 19 : 8 + next() * 7} fill=${isChosen ? two : one} />`);
      }
    }
    return html`<g>${found}</g>`;
  },
  function peaks(next, { one, two }) {
    const peak = (/** @type {number} */ x, /** @type {number} */ width, /** @type {number} */ top, /** @type {string} */ fill) =>
      html`<path d=${`M${x - width} 290L${x} ${top}L${x + width} 290Z`} fill=${fill} />`;
    return html`<g><circle cx=${210 - next() * 120} cy="80" r="26" fill=${two} />${peak(90 + next() * 40, 130, 110, one)}${peak(210 + next() * 40, 120, 150, two)}</g>`;
  },
  function windows(next, { one, two }) {
    const found = [];
    for (let y = 0; y < 5; y += 1) {
      for (let x = 0; x < 5; x += 1) {
        found.push(html`<rect key=${`${x}-${y}`} x=${30 + x * 50} y=${28 + y * 50} width="40" height="40" rx=${next() > 0.5 ? 20 : 0} fill=${next() > 0.72 ? two : one} opacity=${0.5 + next() * 0.5} />`);
      }
    }
    return html`<g>${found}</g>`;
  },
  function waves(next, { one, two }) {
    const shift = next() * 60;
    const lines = Array.from({ length: 8 }, (_, place) => {
      const y = 40 + place * 32;
      return html`<path key=${place} d=${`M-60 ${y}q45 ${-24 - shift / 4} 90 0t90 0t90 0t90 0t90 0`} transform=${`translate(${-shift + place * 7} 0)`} fill="none" stroke=${place % 3 === 1 ? two : one} stroke-width=${6 + (place % 3) * 4} />`;
    });
    return html`<g>${lines}</g>`;
  },
  function beams(next, { one, two }) {
    const [x, y] = [40 + next() * 220, 292];
    const rays = Array.from({ length: 9 }, (_, place) => {
      const angle = Math.PI * (0.06 + place * 0.11);
      const [from, to] = [angle - 0.07, angle + 0.07].map((side) => `${x - Math.cos(side) * 460} ${y - Math.sin(side) * 460}`);
      return html`<path key=${place} d=${`M${x} ${y}L${from}L${to}Z`} fill=${place % 2 ? one : two} opacity="0.9" />`;
    });
    return html`<g>${rays}</g>`;
  },
  function arcs(next, { one, two }) {
    const found = [];
    for (let y = 0; y < 3; y += 1) {
      for (let x = 0; x < 3; x += 1) {
        const turn = Math.floor(next() * 4) * 90;
        found.push(html`<path key=${`${x}-${y}`} d="M0 0H88A88 88 0 0 1 0 88Z" transform=${`translate(${18 + x * 90} ${14 + y * 90}) rotate(${turn} 44 44)`} fill=${next() > 0.65 ? two : one} />`);
      }
    }
    return html`<g>${found}</g>`;
  },
];

/**
 * A title in lines that fit.
 * @param {string} title
 * @returns {{ lines: string[], size: number }} at most five lines
 */
export function fitTitle(title) {
  for (const [size, most, rows] of [[38, 13, 3], [31, 16, 4], [25, 20, 5], [21, 24, 5]]) {
    const lines = wrap(title, most);
    if (lines.length <= rows && lines.every((line) => line.length <= most)) return { lines, size };
  }
  const lines = wrap(title, 24).slice(0, 5).map((line) => (line.length > 24 ? `${line.slice(0, 23)}…` : line));
  if (wrap(title, 24).length > 5) lines[4] = `${lines[4].slice(0, 22)}…`;
  return { lines, size: 21 };
}

/** @param {string} text @param {number} most @returns {string[]} */
function wrap(text, most) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && `${last} ${word}`.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** @param {{ movieId: string, title?: string | null, year?: number | null, genres?: string[] }} movie */
function lookOf(movie) {
  const seed = hash(`${movie.movieId} ${movie.title ?? ""}`);
  const genre = TELLING.find((one) => movie.genres?.includes(one)) ?? movie.genres?.[0] ?? "";
  const palettes = PALETTES[MOODS[genre] ?? "calm"];
  return { seed, genre, palette: palettes[seed % palettes.length], pattern: PATTERNS[(seed >>> 4) % PATTERNS.length] };
}

/**
 * @param {{ movie: { movieId: string, title?: string | null, year?: number | null, genres?: string[] } }} props
 */
export function Cover({ movie }) {
  const { seed, genre, palette, pattern } = lookOf(movie);
  const { lines, size } = fitTitle(movie.title || movie.movieId);
  const leading = size * 1.12;
  const top = 398 - lines.length * leading;
  const clip = `cover-${seed.toString(36)}`;
  const texts = lines.map((line, place) => html`<tspan key=${place} x="24" y=${top + (place + 0.8) * leading}>${line}</tspan>`);
  return html`<svg class="cover" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false">
    <defs><clipPath id=${clip}><rect width=${WIDTH} height=${top - 14} /></clipPath></defs>
    <rect width=${WIDTH} height=${HEIGHT} fill=${palette.paper} />
    <g clip-path=${`url(#${clip})`}>${pattern(random(seed), palette)}</g>
    <text class="cover__title" font-size=${size} fill=${palette.ink}>${texts}</text>
    <text class="cover__facts" x="24" y="428" fill=${palette.ink}>${[movie.year, genre].filter(Boolean).join("  ·  ")}</text>
  </svg>`;
}
