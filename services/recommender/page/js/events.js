/** What someone does with movies: said to the server, and taken back. */
import { api } from "./api.js";

/**
 * @param {string} userId
 * @param {{ type: string, movieId: string, rating?: number, undo?: boolean }[]} events all count, or none
 */
export const say = (userId, events) =>
  api.post("/v1/events", {
    events: events.map((event) => ({ ...event, userId })),
    idempotencyKey: crypto.randomUUID(),
  });
