/**
 * The table of rooms in the README.
 * @module
 */
import type { Room } from "../rooms.ts";

const BEGIN = "<!-- rooms: written by npm run docs -->";
const END = "<!-- /rooms -->";

/** `readme` with the table between its markers written anew. */
export function withRoomTable(readme: string, rooms: readonly Room[]): string {
  const [before, after] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (before < 0 || after < before)
    throw new Error(`README.md has no room for the table: expected ${BEGIN} and ${END}`);
  return `${readme.slice(0, before)}${BEGIN}\n${table(rooms)}\n${readme.slice(after)}`;
}

function table(rooms: readonly Room[]): string {
  const rows = rooms.map(({ name, manifest }) => `| [${name}](packages/${name}) | ${manifest.description} |`);
  return ["| room | what it is |", "|---|---|", ...rows].join("\n");
}
