/**
 * Finds and reads the policies of a machine and its user.
 * @module
 */
import { existsSync, lstatSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Reference } from "@teu/spec/reference";
import { type Json, JsonError } from "@teu/std/json";
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import { parseContainersPolicy } from "./containers-policy.ts";
import { type PolicyPlaces, configHome, containersFile, firstThere, homeOf, teuFile } from "./find-policies.ts";
import { chooseScope } from "./containers-scope.ts";
import type { ContainersPolicy } from "./containers-types.ts";
import type { NotationPlace } from "./judge-by-notation.ts";
import { parseNotationPolicy } from "./notation-policy.ts";
import { type RegistriesD, mergeRegistriesD } from "./registries-d.ts";
import { MAX_POLICY_BYTES, invalidPolicy, readingPolicy } from "./strict-json.ts";
import { readRevocations, readTeuPolicy } from "./teu-policy.ts";
import type { Revocations, TeuPolicy } from "./teu-types.ts";

/** A `policy.json` and where the signatures are that it asks for. */
export interface ContainersPlace {
  readonly file: string;
  readonly policy: ContainersPolicy;
  /** Read when it is asked for, which it is only for signatures. @throws TeuError `ERR_POLICY_INVALID` */
  readonly registries: () => Promise<RegistriesD>;
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

/** Tells whether the policies accept any image of this name without looking at it. */
export function acceptsUnseen({ containers, teu, notation }: Policies, name: Reference): boolean {
  if (teu !== undefined || notation !== undefined) return false;
  if (containers === undefined) return true;
  const { requirements } = chooseScope(containers.policy, { transport: "docker", name });
  return requirements.every(({ type }) => type === "insecureAcceptAnything");
}

/** Reads all policies. @throws TeuError `ERR_POLICY_INVALID`: an image is refused rather than judged by half a policy */
export async function loadPolicies(places: PolicyPlaces): Promise<Policies> {
  const [teu, containers] = [teuFile(places), containersFile(places)];
  return {
    teu: teu === undefined ? undefined : await loadTeu(teu, places),
    containers: containers === undefined ? undefined : loadContainers(containers, places),
    notation: places.notation === undefined ? undefined : loadNotation(places.notation, places),
  };
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

async function loadTeu(file: string, places: PolicyPlaces): Promise<TeuPolicyFile> {
  const policy = readTeuPolicy(await readDocument(file, places), file);
  const all = [policy.revoked];
  for (const path of policy.revocationLists) {
    const list = resolve(dirname(file), path);
    const json = await readDocument(list, places);
    all.push(readingPolicy(list, () => readRevocations(json)));
  }
  const revoked = {
    images: new Set(all.flatMap(({ images }) => [...images])),
    signers: new Set(all.flatMap(({ signers }) => [...signers])),
  };
  return { file, policy, revoked };
}

async function readDocument(file: string, { readYaml }: PolicyPlaces): Promise<Json> {
  const text = readText(file);
  try {
    return await readYaml(text);
  } catch (error) {
    if (error instanceof JsonError) throw invalidPolicy(file, error.message, error);
    throw error;
  }
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
  let known: Promise<RegistriesD> | undefined;
  const registries = (): Promise<RegistriesD> => (known ??= loadRegistries(folder, places));
  return { file, policy, registries, defaultLookaside: `file://${lookaside}` };
}

async function loadRegistries(folder: string, places: PolicyPlaces): Promise<RegistriesD> {
  if (!existsSync(folder)) return mergeRegistriesD([]);
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  const files = names.toSorted().map(async (name) => {
    const file = join(folder, name);
    return { file, json: await readDocument(file, places) };
  });
  return mergeRegistriesD(await Promise.all(files));
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
