/**
 * `Via` (RFC 9110), by which registries that pull from each other find that a request has come back to where it began.
 * @module
 */

/** Longest chain that goes on, in characters: some forty registries. */
const MAX_LENGTH = 1024;

/** A name for one registry that is served, which no other has. */
export function makePseudonym(): string {
  return `teu-${crypto.randomUUID().slice(0, 18)}`;
}

/**
 * What `Via` a request goes on with.
 * @param via `Via` of the request that it is sent for.
 * @returns nothing if that has been here before, or in too many other places.
 */
export function extendVia(via: string | undefined, pseudonym: string): string | undefined {
  const own = `1.1 ${pseudonym}`;
  if (via === undefined) return own;
  const hops = via.split(",").map((hop) => hop.trim());
  const known = hops.some((hop) => hop.split(/\s+/)[1] === pseudonym);
  return known || via.length > MAX_LENGTH || /[^ -~]/.test(via) ? undefined : `${hops.join(", ")}, ${own}`;
}
