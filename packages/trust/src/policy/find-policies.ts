/**
 * Finds the policies of a machine and its user, without reading them: most machines have none, and then a start is to cost
 * nothing.
 * @module
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Json } from "@teu/std/json";

/** Reads a document that may be YAML. @throws JsonError */
export type ReadYaml = (text: string) => Json | Promise<Json>;

/** Where to look. Everything left out is where the tools of its kind look. */
export interface PolicyPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readYaml: ReadYaml;
  readonly teu?: string | undefined;
  readonly containers?: string | undefined;
  readonly registriesD?: string | undefined;
  readonly notation?: string | undefined;
  readonly trustStore?: string | undefined;
  /** Folder of the machine's configuration. Default: `/etc`. */
  readonly etc?: string;
}

/** The files that would be read. No file is an answer, too: then nothing is asked for. */
export function policyFiles(places: PolicyPlaces): readonly string[] {
  return [teuFile(places), containersFile(places), places.notation].filter((file) => file !== undefined);
}

/** The user's folder. */
export function homeOf({ env }: Pick<PolicyPlaces, "env">): string {
  return env["HOME"] ?? homedir();
}

/** The folder of the user's configuration. */
export function configHome(places: Pick<PolicyPlaces, "env">): string {
  return places.env["XDG_CONFIG_HOME"] || join(homeOf(places), ".config");
}

/** The first path at which there is something. */
export function firstThere(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}

/** The file of teu's own policy. */
export function teuFile(places: PolicyPlaces): string | undefined {
  const named = places.teu ?? places.env["TEU_POLICY"];
  if (named !== undefined && named !== "") return named;
  const folders = [join(configHome(places), "teu"), join(places.etc ?? "/etc", "teu")];
  return firstThere(
    folders.flatMap((folder) => ["policy.yaml", "policy.yml", "policy.json"].map((name) => join(folder, name))),
  );
}

/** The `policy.json` of podman and its kin. */
export function containersFile(places: PolicyPlaces): string | undefined {
  if (places.containers !== undefined) return places.containers;
  const own = join(homeOf(places), ".config/containers/policy.json");
  return firstThere([own, join(places.etc ?? "/etc", "containers/policy.json")]);
}
