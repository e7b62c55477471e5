/**
 * Judges maintainer scripts, which are never run. Most consist of commands that do nothing to a system without init; what they
 * say of alternatives is done. A script with anything else has to be one whose effects are known, or somebody has to take on
 * that it is left out.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import { type Alternative, installAlternatives } from "./alternatives.ts";
import type { Effect } from "./effects.ts";
import { KNOWN_SCRIPTS } from "./known-scripts.ts";
import { type JudgedScript, readScript } from "./script-text.ts";
import type { FileTree } from "./tree.ts";
import type { UnpackedDeb } from "./unpack-deb.ts";

/** Scripts that run when a package is installed. */
const SCRIPTS = ["preinst", "postinst"] as const;

/** Which scripts may have effects that are not known. */
export interface AcceptedScripts {
  /** Names of packages whose scripts can be left out whatever they do. */
  readonly ignoreScriptsOf: readonly string[];
  /** Digests of scripts that can be left out, as the error about them tells them. */
  readonly acceptScripts: readonly string[];
  /** Effects that are known, by digest. Default: those of Debian. */
  readonly known?: ReadonlyMap<string, Effect>;
}

/**
 * Does to the tree what the scripts of `packages` would do.
 * @throws TeuError `ERR_BASE_SCRIPT` for a script with effects that are not known.
 */
export function applyScripts(tree: FileTree, packages: readonly UnpackedDeb[], accepted: AcceptedScripts): void {
  const alternatives: Alternative[] = [];
  for (const pkg of packages) {
    for (const name of SCRIPTS) {
      const bytes = pkg.deb.controlFiles.get(name);
      if (bytes === undefined) continue;
      const script = readScript(bytes);
      effectOf(script, { pkg, name }, accepted)?.(tree);
      alternatives.push(...script.alternatives);
    }
  }
  installAlternatives(tree, alternatives);
}

interface Place {
  readonly pkg: UnpackedDeb;
  readonly name: string;
}

function effectOf(script: JudgedScript, place: Place, accepted: AcceptedScripts): Effect | undefined {
  const { known = KNOWN_SCRIPTS, ignoreScriptsOf, acceptScripts } = accepted;
  const effect = known.get(script.digest);
  if (effect !== undefined || script.unknown === undefined) return effect;
  if (ignoreScriptsOf.includes(place.pkg.name) || acceptScripts.includes(script.digest)) return undefined;
  throw unknownScript(script.unknown, script.digest, place);
}

function unknownScript(line: string, digest: string, { pkg, name }: Place): TeuError<BaseErrorCode> {
  const what = `its ${name} has effects that are not known, such as "${line}"`;
  return new TeuError("ERR_BASE_SCRIPT", `Installing package "${pkg.name} ${pkg.version}": ${what}`, {
    detail: { package: pkg.name, version: pkg.version, script: name, line, digest },
    hint: `read it, and leave it out with --accept-script ${digest}, or the package with --without ${pkg.name}`,
  });
}
