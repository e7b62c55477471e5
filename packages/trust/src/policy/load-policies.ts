/**
 * Finds and reads the policies of a machine and its user.
 * @module
 */
import { existsSync, lstatSync, readFileSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Json } from "@teu/std/json";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import { parseContainersPolicy } from "./containers-policy.ts";
import type { ContainersPolicy } from "./containers-types.ts";
import type { NotationPlace } from "./judge-by-notation.ts";
import { parseNotationPolicy } from "./notation-policy.ts";
import { type RegistriesD, mergeRegistriesD } from "./registries-d.ts";
import { MAX_POLICY_BYTES, invalidPolicy, readingPolicy } from "./strict-json.ts";
import { readRevocations, readTeuPolicy } from "./teu-policy.ts";
import type { Revocations, TeuPolicy } from "./teu-types.ts";

/** Reads a document that may be YAML. @throws JsonError */
export type ReadYaml = (text: string) => Json;

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

/** A `policy.json` and where the signatures are that it asks for. */
export interface ContainersPlace {
  readonly file: string;
  readonly policy: ContainersPolicy;
  readonly registries: RegistriesD;
  /** Used where `registries.d` names none. */
  readonly defaultLookaside: string;
}

/** teu's policy and the lists that it names. */
export interface TeuPolicyFile {
  readonly file: string;
  readonly policy: TeuPolicy;
  readonly revoked: Revocations;
}

/** The policies that speak for every image. All have to accept it. */
export interface Policies {
  readonly containers: ContainersPlace | undefined;
  readonly teu: TeuPolicyFile | undefined;
  /** Only there if it was named: notation's users have it for notation, unless they say otherwise. */
  readonly notation: NotationPlace | undefined;
}

/** The files that would be read. No file is an answer, too: then nothing is asked for. */
export function policyFiles(places: PolicyPlaces): readonly string[] {
  return [teuFile(places), containersFile(places), places.notation].filter((file) => file !== undefined);
}

/** Reads all policies. @throws TeuError `ERR_POLICY_INVALID`: an image is refused rather than judged by half a policy */
export function loadPolicies(places: PolicyPlaces): Policies {
  const [teu, containers] = [teuFile(places), containersFile(places)];
  return {
    teu: teu === undefined ? undefined : loadTeu(teu, places),
    containers: containers === undefined ? undefined : loadContainers(containers, places),
    notation: places.notation === undefined ? undefined : loadNotation(places.notation, places),
  };
}

function homeOf({ env }: PolicyPlaces): string {
  return env["HOME"] ?? homedir();
}

function configHome(places: PolicyPlaces): string {
  return places.env["XDG_CONFIG_HOME"] || join(homeOf(places), ".config");
}

function firstThere(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}

function teuFile(places: PolicyPlaces): string | undefined {
  const named = places.teu ?? places.env["TEU_POLICY"];
  if (named !== undefined && named !== "") return named;
  const folders = [join(configHome(places), "teu"), join(places.etc ?? "/etc", "teu")];
  return firstThere(
    folders.flatMap((folder) => ["policy.yaml", "policy.yml", "policy.json"].map((name) => join(folder, name))),
  );
}

function containersFile(places: PolicyPlaces): string | undefined {
  if (places.containers !== undefined) return places.containers;
  const own = join(homeOf(places), ".config/containers/policy.json");
  return firstThere([own, join(places.etc ?? "/etc", "containers/policy.json")]);
}

function readFile(file: string): Uint8Array {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > MAX_POLICY_BYTES)
      throw invalidPolicy(file, `${bytes.length} bytes, at most ${MAX_POLICY_BYTES}`);
    return bytes;
  } catch (error) {
    if (error instanceof TeuError) throw error;
    throw invalidPolicy(file, (error as Error).message, error);
  }
}

function readText(file: string): string {
  return new TextDecoder().decode(readFile(file));
}

function loadTeu(file: string, { readYaml }: PolicyPlaces): TeuPolicyFile {
  const policy = readTeuPolicy(
    readingPolicy(file, () => readYaml(readText(file))),
    file,
  );
  const lists = policy.revocationLists.map((path) => {
    const list = resolve(dirname(file), path);
    return readingPolicy(list, () => readRevocations(readYaml(readText(list))));
  });
  const all = [policy.revoked, ...lists];
  const revoked = {
    images: new Set(all.flatMap(({ images }) => [...images])),
    signers: new Set(all.flatMap(({ signers }) => [...signers])),
  };
  return { file, policy, revoked };
}

/** Reads a `policy.json` with its `registries.d`. @throws TeuError `ERR_POLICY_INVALID` */
export function loadContainers(file: string, places: PolicyPlaces): ContainersPlace {
  const policy = parseContainersPolicy(readFile(file), file);
  const own = join(homeOf(places), ".config/containers/registries.d");
  const folder = places.registriesD ?? firstThere([own]) ?? join(places.etc ?? "/etc", "containers/registries.d");
  const lookaside =
    process.geteuid?.() === 0
      ? "/var/lib/containers/sigstore"
      : join(homeOf(places), ".local/share/containers/sigstore");
  return { file, policy, registries: loadRegistries(folder, places), defaultLookaside: `file://${lookaside}` };
}

function loadRegistries(folder: string, { readYaml }: PolicyPlaces): RegistriesD {
  if (!existsSync(folder)) return mergeRegistriesD([]);
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return mergeRegistriesD(
    names.toSorted().map((name) => {
      const file = join(folder, name);
      return { file, json: readingPolicy(file, () => readYaml(readText(file))) };
    }),
  );
}

/**
 * Reads a trust policy of the Notary Project.
 * @param file Nothing for where notation looks.
 * @throws TeuError `ERR_POLICY_INVALID`; `ERR_TRUST_INVALID` if there is none.
 */
export function loadNotation(file: string | undefined, places: PolicyPlaces): NotationPlace {
  const folder = join(configHome(places), "notation");
  const path = file ?? firstThere(["trustpolicy.oci.json", "trustpolicy.json"].map((name) => join(folder, name)));
  if (path === undefined)
    throw new TeuError<TrustErrorCode>("ERR_TRUST_INVALID", `Reading a trust policy: there is none in "${folder}"`);
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw invalidPolicy(path, "no regular file");
  const trustStores = places.trustStore ?? join(folder, "truststore");
  return { file: path, statements: parseNotationPolicy(readFile(path), path), trustStores };
}
