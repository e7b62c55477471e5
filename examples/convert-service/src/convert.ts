/**
 * Texts of configuration as JSON.
 * @module
 */
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";

const READERS = new Map<string, (text: string) => unknown>([
  ["application/json", JSON.parse],
  ["application/toml", parseToml],
  ["application/yaml", parseYaml],
]);

/** Converts a text of a media type; nothing if the type is not known. @throws Error if the text is malformed. */
export function convert(text: string, type: string): string | undefined {
  const reader = READERS.get(type.split(";", 1)[0] ?? "");
  return reader === undefined ? undefined : JSON.stringify(reader(text));
}
