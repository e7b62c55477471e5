/**
 * Going on with what may be there already. Each `await` costs a promise and a turn of their queue, which adds up where most
 * answers come from memory.
 * @module
 */
import type { Awaitable } from "../metadata/metadata.ts";

/** What `use` makes of a value: at once where it is there, else when it is. */
export function andThen<T, U>(value: Awaitable<T>, use: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(use) : use(value);
}
