/** What covers are painted with: for each genre palettes, and a pattern on a field of 200 × 300. */
import { html } from "../html.js";

/**
 * @typedef {object} Paint
 * @property {string} ground
 * @property {string} first
 * @property {string} second
 * @property {string} ink of the title; its contrast with `ground` is 4.5 or more
 */

/** @typedef {() => number} Chance from 0 up to 1, the same each time for the same movie */

/** @param {string} four colours, as in "ground first second ink" @returns {Paint} */
function paint(four) {
  const [ground, first, second, ink] = four.split(" ").map((colour) => `#${colour}`);
  return { ground, first, second, ink };
}

/** @param {...string} palettes */
const paints = (...palettes) => palettes.map(paint);

/** @param {number} count @param {(place: number) => any} make */
const times = (count, make) => Array.from({ length: count }, (_, place) => make(place));

/** @type {(p: Paint, chance: Chance) => any} */
function orbits({ first, second }, chance) {
  const x = 60 + chance() * 80;
  const rings = times(
    6,
    (n) =>
      html`<circle cx=${x} cy="205" r=${26 + n * 24} stroke=${first} stroke-width="1.5" fill="none" opacity=${1 - n * 0.13} />`,
  );
  const angle = chance() * 6.28;
  return html`${rings}<circle cx=${x} cy="205" r="17" fill=${second} />
    <circle cx=${x + Math.cos(angle) * 74} cy=${205 + Math.sin(angle) * 74} r="7" fill=${first} />`;
}

/** @type {(p: Paint, chance: Chance) => any} */
function ranges({ first, second, ink }, chance) {
  /** @param {number} base @param {number} height */
  const ridge = (base, height) => {
    const tops = times(5, (n) => `${n * 50},${base - (n % 2 ? height : height * 0.25) * (0.6 + chance() * 0.7)}`);
    return `M0,300 L${tops.join(" L")} L200,300 Z`;
  };
  const x = 45 + chance() * 110;
  return html`<circle cx=${x} cy="172" r="22" fill=${ink} opacity="0.85" />
    <path d=${ridge(232, 50)} fill=${first} opacity="0.6" /><path d=${ridge(262, 50)} fill=${first} />
    <path d=${ridge(292, 40)} fill=${second} />`;
}

/** @type {(p: Paint, chance: Chance) => any} */
function confetti({ first, second, ink }, chance) {
  const colours = [first, second, ink];
  return times(15, (n) => {
    const x = 25 + (n % 5) * 37.5;
    const y = 190 + Math.floor(n / 5) * 38;
    const turn = Math.floor(chance() * 4) * 90;
    const colour = colours[Math.floor(chance() * 3)];
    const shape =
      chance() > 0.45
        ? html`<path d="M-14,0 A14,14 0 0 1 14,0 Z" fill=${colour} />`
        : html`<circle r=${5 + chance() * 7} fill=${colour} />`;
    return html`<g transform=${`translate(${x} ${y}) rotate(${turn})`}>${shape}</g>`;
  });
}

/** @type {(p: Paint, chance: Chance) => any} */
function arches({ first, second }, chance) {
  const x = 50 + Math.floor(chance() * 3) * 50;
  return times(
    5,
    (n) => html`<path
      d=${`M${x - 92 + n * 18},300 V${250 - n * 3} a${92 - n * 18},${92 - n * 18} 0 0 1 ${184 - n * 36},0 V300 Z`}
      fill=${n % 2 ? first : second}
      opacity=${0.55 + n * 0.1}
    />`,
  );
}

/** @type {(p: Paint, chance: Chance) => any} */
function stripes({ first, second }, chance) {
  const shift = chance() * 40;
  return times(7, (n) => {
    const x = -120 + n * 52 + shift;
    return html`<path d=${`M${x},300 L${x + 130},165 h${n % 3 === 1 ? 30 : 14} L${x + (n % 3 === 1 ? 30 : 14)},300 Z`}
      fill=${n % 3 === 1 ? second : first} />`;
  });
}

/** @type {(p: Paint, chance: Chance) => any} */
function squares({ first, second }, chance) {
  const turn = chance() * 14 + 6;
  const x = 70 + chance() * 60;
  return times(7, (n) => {
    const size = 168 - n * 24;
    return html`<rect x=${-size / 2} y=${-size / 2} width=${size} height=${size} fill="none"
      stroke=${n === 6 ? second : first} stroke-width=${n === 6 ? 4 : 2}
      transform=${`translate(${x} 222) rotate(${n * turn})`} />`;
  });
}

/** @type {(p: Paint, chance: Chance) => any} */
function pair({ first, second }, chance) {
  const gap = 24 + chance() * 26;
  const y = 218 + chance() * 16;
  return html`<circle cx=${100 - gap} cy=${y} r="54" fill=${first} /><circle cx=${100 + gap} cy=${y} r="54" fill=${second} opacity="0.82" />`;
}

/** @type {(p: Paint, chance: Chance) => any} */
function teeth({ first, second, ink }, chance) {
  const x = 50 + chance() * 100;
  const points = times(9, (n) => `${n * 25},${n % 2 ? 205 + chance() * 30 : 288 - chance() * 25}`);
  return html`<circle cx=${x} cy="196" r="34" fill=${second} /><circle cx=${x + 13} cy="188" r="30" fill="none" stroke=${ink} opacity="0.25" />
    <path d=${`M0,300 L${points.join(" L")} L200,300 Z`} fill=${first} />`;
}

/** @type {(p: Paint, chance: Chance) => any} */
function blinds({ first, second }, chance) {
  const lean = chance() * 40 - 20;
  return html`${times(
    8,
    (n) => html`<path
      d=${`M0,${172 + n * 16 + lean / 3} L200,${172 + n * 16 - lean / 3} v${9 - n * 0.8} L0,${181 + n * 15.2 + lean / 3} Z`}
      fill=${first} opacity=${1 - n * 0.07} />`,
  )}<circle cx=${50 + chance() * 100} cy="238" r="26" fill=${second} />`;
}

/** @type {(p: Paint, chance: Chance) => any} */
function waves({ first, second }, chance) {
  const shift = chance() * 50;
  return times(7, (n) => {
    const y = 180 + n * 18;
    const path = `M${-50 - shift},${y} q25,-24 50,0 t50,0 t50,0 t50,0 t50,0 t50,0`;
    return html`<path d=${path} fill="none" stroke=${n % 3 === 1 ? second : first} stroke-width="5" />`;
  });
}

/** @type {(p: Paint, chance: Chance) => any} */
function blocks({ first, second, ink }, chance) {
  const colours = [first, second, ink];
  return times(12, (n) => {
    const x = (n % 4) * 50;
    const y = 150 + Math.floor(n / 4) * 50;
    const colour = colours[Math.floor(chance() * 3)];
    const kind = Math.floor(chance() * 4);
    if (kind === 0) return html`<circle cx=${x + 25} cy=${y + 25} r="19" fill=${colour} />`;
    if (kind === 1) return html`<path d=${`M${x},${y + 50} a50,50 0 0 1 50,-50 v50 Z`} fill=${colour} />`;
    if (kind === 2) return html`<path d=${`M${x},${y} a50,50 0 0 0 50,50 h-50 Z`} fill=${colour} opacity="0.85" />`;
    return html`<rect x=${x} y=${y} width="50" height="50" fill=${colour} opacity="0.3" />`;
  });
}

/** @type {(p: Paint, chance: Chance) => any} */
function chevrons({ first, second }, chance) {
  const peak = 60 + chance() * 80;
  return times(6, (n) => {
    const y = 190 + n * 24;
    return html`<path d=${`M-10,${y + 34} L${peak},${y} L210,${y + 34}`} fill="none" stroke=${n === 1 ? second : first}
      stroke-width=${11 - n} />`;
  });
}

/** @type {(p: Paint, chance: Chance) => any} */
function sunset({ first, second }, chance) {
  const x = 50 + chance() * 100;
  return html`<circle cx=${x} cy="236" r="58" fill=${second} />
    ${times(5, (n) => html`<rect x="0" y=${238 + n * 14} width="200" height=${2 + n * 2.6} fill=${first} />`)}
    <path d="M0,300 V284 Q60,262 120,284 T200,276 V300 Z" fill=${first} />`;
}

/** @type {(p: Paint, chance: Chance) => any} */
function stars({ first, second }, chance) {
  const sky = times(26, () => {
    const size = 0.8 + chance() * 2.2;
    return html`<circle cx=${8 + chance() * 184} cy=${150 + chance() * 140} r=${size} fill=${first} />`;
  });
  const x = 60 + chance() * 80;
  return html`${sky}<path transform=${`translate(${x} 222)`} fill=${second}
    d="M0,-50 Q5,-5 50,0 Q5,5 0,50 Q-5,5 -50,0 Q-5,-5 0,-50 Z" />`;
}

/** @type {(p: Paint, chance: Chance) => any} */
function dots({ first, second }, chance) {
  const [x, y] = [Math.floor(chance() * 8), Math.floor(chance() * 5)];
  return times(48, (n) => {
    const [column, row] = [n % 8, Math.floor(n / 8)];
    const distance = Math.hypot(column - x, row - y);
    return html`<circle cx=${23 + column * 22} cy=${165 + row * 23} r=${Math.max(1.5, 9 - distance * 1.3)}
      fill=${distance < 1 ? second : first} />`;
  });
}

/** @type {Record<string, { paints: Paint[], patterns: ((p: Paint, chance: Chance) => any)[] }>} */
export const STYLES = {
  "Sci-Fi": {
    paints: paints("14233b 6fa8d6 f2b872 eef5fb", "1f1b3d 8f86e0 f28f8f f1effc", "0f2f33 5fb8ae f0d080 eafaf7"),
    patterns: [orbits, stars, dots],
  },
  Adventure: {
    paints: paints("e9d8b4 b5713c 5d3a24 3b2414", "cfe0d3 4f8a72 1f4a44 14342f", "f0d2bd c46a4a 6a2f33 47191e"),
    patterns: [ranges, sunset],
  },
  Comedy: {
    paints: paints("f7d25c e4572e 2f6f8f 33250a", "fbe3d0 ee7b5c 3f8f86 402018", "d8ecf0 f08a4b 2c5f7c 14303f"),
    patterns: [confetti, blocks],
  },
  Drama: {
    paints: paints(
      "efe6da b9a58c 7d5a4f 3a2a24",
      "dfe4ea 93a5b8 4a6079 1f2d3d",
      "ece0e4 bd96a4 7c4a61 3f1f31",
      "3a2f38 80616c c9a58e f8efe8",
    ),
    patterns: [arches, waves, pair],
  },
  Action: {
    paints: paints("b3261e 7c150f f5c26b fff3ec", "1d1d22 3c3c46 e8542f fdf1ec", "e9e2d6 c9402c 2b2b30 2b1512"),
    patterns: [stripes, chevrons],
  },
  Thriller: {
    paints: paints("16262b 3f7078 e6c34a ecf6f6", "e4e6df 77837b b3362b 1f2724", "26202b 6e5a7c e07a5f f6f0fa"),
    patterns: [squares, blinds, stripes],
  },
  Romance: {
    paints: paints("f6dfdb d9798a b33a5b 4f1428", "fbeadb e79a7a c4586a 512026", "ead9ea b088c0 7d4f8f 39184a"),
    patterns: [pair, waves],
  },
  Horror: {
    paints: paints("1a1414 5e0f12 c9302c f6e9e6", "14191a 2f4a40 9fc48a eef6ea", "201522 4b2358 c76fb0 f8ecf6"),
    patterns: [teeth],
  },
  Crime: {
    paints: paints("24262d 6d7483 d8a441 f4f1e8", "ddd5c7 5f584e a2342c 29231d", "1c2a3a 5c7a99 e0875f eef4fa"),
    patterns: [blinds, squares],
  },
  "Film-Noir": {
    paints: paints("111214 c9c6be 5d5b57 f5f3ee", "d9d6cf 1d1d1f 77746e 161617"),
    patterns: [blinds, arches],
  },
  Musical: {
    paints: paints("5a1f4e c96aa0 f4b860 fdeef8", "f6e4c8 d98a3d 1f6f78 4a2708", "1f3f6b 6fa3dc f3a6a0 edf4fd"),
    patterns: [waves, confetti],
  },
  Animation: {
    paints: paints("f9e2b8 f08a5d 3d8fa6 40250f", "d9f0e4 5cb98e f2a541 12382a", "e3e0f8 8a7fe0 f4777f 231c52"),
    patterns: [blocks, waves],
  },
  Children: {
    paints: paints("fdebc4 ef7d57 4aa3a2 47250f", "dcefff 5fa8e6 f5b841 123152"),
    patterns: [blocks, confetti],
  },
  War: { paints: paints("4a4c38 7d7f5c d9b95a f6f3e2", "d8d2c0 8a8468 8c3b2a 2c2a1c"), patterns: [chevrons, ranges] },
  Western: { paints: paints("f0c9a0 7a3320 d9603b 43180c", "e8d5b5 8a5a34 c98a3f 3d2510"), patterns: [sunset, ranges] },
  Fantasy: {
    paints: paints("2a2352 a79be8 f4d27a f3f0ff", "123d3c 7cc5b0 f0e0a0 eafaf4", "4a1f4f d79be0 f8c98b fcefff"),
    patterns: [stars, orbits],
  },
  Mystery: {
    paints: paints("22303f 5d7f9f e9dcc0 eff5fa", "e6e0e8 8d7f9c 463a5a 261d38", "2f2a20 8a7a55 e3c77a f8f2e2"),
    patterns: [squares, orbits],
  },
  Documentary: { paints: paints("e8ece6 7f9a88 d0653f 1d2f26", "f0ebe0 9c927c 2f5f7f 2c2719"), patterns: [dots] },
  IMAX: { paints: paints("10263f 4f8fc4 f2c879 ecf5fc"), patterns: [orbits, stars, dots] },
  "": { paints: paints("e6e3dc a39c8d 5f6f7a 2a2a2a", "2c3238 75828f d9c7a0 f4f5f6"), patterns: [dots] },
};
