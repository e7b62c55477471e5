/**
 * Names without a host, such as `debian`: which images they may mean.
 * @module
 */
import { isPath, isShortName, isTag, parseReference, type Reference, withDigest, withTag } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import type { RegistriesConf } from "./registries-conf.ts";

/** What a name may mean, the likeliest first. */
export interface Candidates {
  readonly references: readonly Reference[];
  /** True where the user has to choose among several, since whoever owns one of the hosts could answer. */
  readonly ambiguous: boolean;
}

/**
 * What a name that people write may mean. A full name means itself. A short one means its alias; else itself at the hosts
 * to search; else, where none are named, what Docker takes it for.
 * @throws TeuError `ERR_REFERENCE_INVALID`; `ERR_SHORT_NAME` for an alias that is no full name.
 */
export function candidatesFor(text: string, conf: RegistriesConf): Candidates {
  const plain = parseReference(text);
  if (!isShortName(text)) return { references: [plain], ambiguous: false };
  const name = text.split("@", 1)[0]?.replace(/:[^/:]*$/, "") ?? "";
  const alias = conf.aliases.get(name);
  if (alias !== undefined && alias !== "")
    return { references: [withSuffix(readAlias(name, alias), plain)], ambiguous: false };
  if (conf.search.length === 0) return { references: [plain], ambiguous: false };
  const references = conf.search.map((host) => withSuffix(parseReference(`${host}/${name}`), plain));
  return { references, ambiguous: references.length > 1 && conf.shortNameMode !== "disabled" };
}

function readAlias(name: string, alias: string): Reference {
  const slash = alias.indexOf("/");
  const isFull = slash > 0 && !isShortName(alias) && isPath(alias.slice(slash + 1));
  if (isFull) return parseReference(alias);
  throw new TeuError<RegistryClientErrorCode>(
    "ERR_SHORT_NAME",
    `Reading the alias of "${name}": "${alias}", expected a host and a path without tag and digest`,
  );
}

function withSuffix(reference: Reference, { tag, digest }: Reference): Reference {
  const tagged = tag !== undefined && isTag(tag) ? withTag(reference, tag) : reference;
  return digest === undefined ? tagged : withDigest(tagged, digest);
}
