/** What someone does with movies: said to the server, and taken back. */
import { api } from "./api.js";

/** A key that tells one request from all others. `randomUUID` is there with TLS alone. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * @param {string} userId
 * @param {{ type: string, movieId: string, rating?: number, undo?: boolean }[]} events all count, or none
 */
export const say = (userId, events) =>
  api.post("/v1/events", {
    events: events.map((event) => ({ ...event, userId })),
    idempotencyKey: newKey(),
  });
