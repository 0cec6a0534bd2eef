/** How it works, in pictures, with the served version's own figures. */
import { api } from "../api.js";
import { html } from "../html.js";
import { useResource } from "../resource.js";
import { useSession } from "../session.js";
import { useTitle } from "../title.js";
import { ago, count, metric } from "../words.js";

export default function About() {
  useTitle("About");
  return html`<article class="about">
    <header class="stack">
      <h1>How Marquee finds your next film</h1>
      <p class="lead">It knows nothing of you but the films that you name. From those, and from what many people liked
        together, it computes what you may like next, at the moment you ask.</p>
    </header>
    ${STEPS.map(
      ({ title, text, picture, more }) => html`<section class="about__step" key=${title}>
        <div class="about__picture" aria-hidden="true">${picture()}</div>
        <div><h2>${title}</h2><p>${text}</p>${more && html`<p><a href=${more.address}>${more.name}</a></p>`}</div>
      </section>`,
    )}
    <${Figures} />
    <section class="stack">
      <h2>What it does not know</h2>
      <p class="about__text">It has not seen a single film. It goes by who liked what, and by genres, tags and people where a film is
        new. It is best where many have rated, it can’t tell a mood, and what is widely loved is recommended more often
        than what few know; “Diversity” on the first page is there for that.</p>
      <${Elsewhere} />
    </section>
  </article>`;
}

/** @type {{ title: string, text: string, picture: () => any, more?: { address: string, name: string } }[]} */
const STEPS = [
  {
    title: "A graph of people and films",
    text: "Every rating is a line between a person and a film; genres, tags, directors and actors are lines to what films have in common.",
    picture: () => html`<svg viewBox="0 0 240 150">
      <g class="about__lines"><path d="M40 35L150 30M40 35L150 78M40 80L150 30M40 80L150 122M40 122L150 78M40 122L150 122M150 30L212 55M150 78L212 55M150 122L212 105" /></g>
      ${[35, 80, 122].map((y) => html`<circle key=${y} class="about__person" cx="40" cy=${y} r="11" />`)}
      ${[30, 78, 122].map((y) => html`<rect key=${y} class="about__film" x="139" y=${y - 15} width="22" height="30" rx="3" />`)}
      ${[55, 105].map((y) => html`<circle key=${y} class="about__fact" cx="212" cy=${y} r="8" />`)}
    </svg>`,
  },
  {
    title: "Films become places",
    text: "A training gives each film a place such that films liked by the same people lie near one another. It takes seconds to minutes, and is repeated when enough has happened.",
    more: { address: "/map", name: "Fly over the map of films" },
    picture: () => html`<svg viewBox="0 0 240 150">
      ${[
        [50, 45],
        [66, 60],
        [44, 66],
        [72, 40],
        [150, 95],
        [168, 108],
        [158, 78],
        [182, 92],
        [118, 40],
        [128, 52],
        [98, 110],
        [84, 120],
      ].map(
        (
          [x, y],
          place,
        ) => html`<rect key=${place} class=${place < 4 ? "about__film" : place < 8 ? "about__film about__film--other" : "about__film about__film--third"}
          x=${x - 6} y=${y - 8} width="12" height="16" rx="2" />`,
      )}
    </svg>`,
  },
  {
    title: "You are where your films are",
    text: "Your place is the middle of the films that you like: no training is needed for you, and a film that you rate moves you at once.",
    picture: () => html`<svg viewBox="0 0 240 150">
      <g class="about__lines"><path d="M60 40L112 72M84 112L112 72M166 50L112 72" /></g>
      ${[
        [60, 40],
        [84, 112],
        [166, 50],
      ].map(
        ([x, y], place) =>
          html`<rect key=${place} class="about__film" x=${x - 9} y=${y - 12} width="18" height="24" rx="3" />`,
      )}
      <circle class="about__person" cx="112" cy="72" r="12" />
    </svg>`,
  },
  {
    title: "What lies near comes first",
    text: "Every film is scored by how near it lies to you, all of them and not a selection. What you have seen is left out, and “Why this?” says which of your films added how much.",
    picture: () => html`<svg viewBox="0 0 240 150">
      ${[26, 46, 66].map((radius) => html`<circle key=${radius} class="about__ring" cx="112" cy="75" r=${radius} />`)}
      <circle class="about__person" cx="112" cy="75" r="10" />
      ${[
        [132, 62],
        [96, 97],
        [146, 98],
        [66, 60],
        [180, 34],
        [38, 120],
      ].map(
        ([x, y], place) =>
          html`<rect key=${place} class=${place < 3 ? "about__film" : "about__film about__film--far"} x=${x - 7} y=${y - 9} width="14" height="18" rx="2" />`,
      )}
    </svg>`,
  },
];

/** What is loaded from other servers. */
function Elsewhere() {
  const { session } = useSession();
  if (!session?.postersUrl) {
    return html`<p class="about__text">Everything runs on this server. Nothing that you do here is sent anywhere else, and the page
      loads nothing from elsewhere.</p>`;
  }
  return html`<p class="about__text">Everything runs on this server, but for posters: your browser loads them from
    ${new URL(session.postersUrl).host}, which so learns which posters you see, and nothing else. Where they lie is told by
    TMDB: this product uses the TMDB API but is not endorsed or certified by TMDB.</p>`;
}

/** The served version's figures, where it may be asked for them. */
function Figures() {
  const ready = useResource((signal) => api.get("/readyz", { signal }), []);
  const version = ready.data?.model?.version;
  const model = useResource(
    version ? (signal) => api.get(`/v1/models/${encodeURIComponent(version)}`, { signal }) : null,
    [version],
  );
  if (ready.data && !version) {
    return html`<section class="stack"><h2>This server</h2>
      <p class="about__text">It knows ${count(ready.data.movies)} films, and has not been trained yet: popular films are recommended.</p>
    </section>`;
  }
  if (!ready.data) return null;
  const { metrics, baselines } = model.data?.report ?? {};
  const beside = (/** @type {string} */ name) => baselines?.popularity?.[name];
  return html`<section class="stack">
    <h2>This server</h2>
    <p class="about__text">It knows ${count(ready.data.movies)} films and serves version ${version}${model.data ? `, trained ${ago(model.data.createdAt)}` : ""}.</p>
    ${
      metrics &&
      html`<div class="scroller" tabindex="0" role="region" aria-label="Table"><table class="table about__table">
      <thead><tr><th scope="col">On likes that were held out</th><th class="number" scope="col">This version</th><th class="number" scope="col">Most popular films</th></tr></thead>
      <tbody>${["recall_at_20", "ndcg_at_20", "hit_rate_at_20"]
        .filter((name) => name in metrics)
        .map(
          (
            name,
          ) => html`<tr key=${name}><th scope="row">${metric(name)}</th><td class="number">${metrics[name].toFixed(3)}</td>
          <td class="number">${typeof beside(name) === "number" ? beside(name).toFixed(3) : "–"}</td></tr>`,
        )}</tbody>
    </table></div>
    <p class="small quiet about__text">Recall@20 is the part of someone’s held-out likes that are among the first twenty films; 1 would be all of them.</p>`
    }
  </section>`;
}
