/** The outlines of what is on its way. */
import { html } from "../html.js";

/** @param {{ count?: number }} props how many covers */
export function GridSkeleton({ count = 12 }) {
  const covers = Array.from(
    { length: count },
    (_, place) => html`<div key=${place} class="skeleton skeleton--cover"></div>`,
  );
  return html`<div class="grid" aria-hidden="true">${covers}</div>`;
}

/** A view whose module is still being fetched. */
export function ViewSkeleton() {
  return html`<div class="stack" aria-busy="true">
    <p class="for-readers">Loading</p>
    <div class="skeleton skeleton--heading" aria-hidden="true"></div>
    <${GridSkeleton} />
  </div>`;
}
