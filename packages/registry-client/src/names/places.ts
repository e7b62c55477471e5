/**
 * Where the images of a repository are to be had: mirrors first, the registry itself last.
 * @module
 */
import { DEFAULT_HOST, type Reference, formatName, formatReference, parseLiteralName } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { RegistryClientErrorCode } from "../errors.ts";
import { reachOf } from "../http/address.ts";
import type { HostRule } from "./hosts-toml.ts";
import { type RegistriesConf, findRule, relocate } from "./registries-conf.ts";

/** One place. */
export interface Place {
  /** Host under which credentials and certificates are looked up. */
  readonly host: string;
  /** Address of the registry, if the configuration fixes it; else it is found by `host`. */
  readonly base?: URL;
  /** Path of the repository there. */
  readonly path: string;
  /** True for what only stands in for the registry. */
  readonly isMirror: boolean;
  /** What it is asked for: what tags stand for, content by digest, and to take content. */
  readonly uses: { readonly tags: boolean; readonly digests: boolean; readonly push: boolean };
  /** True to go on without a certificate, or without TLS. */
  readonly insecure: boolean;
  /** More that the configuration says of the host. */
  readonly rule?: HostRule;
  /** Host in the name of the image, where the place has to be told. */
  readonly namespace?: string;
}

/** What is configured. */
export interface PlaceConfig {
  readonly registries: RegistriesConf;
  /** What `hosts.toml` says of a host; nothing if there is none. */
  readonly hosts: (host: string) => readonly HostRule[] | undefined;
}

/**
 * The places of a repository, in the order in which they are tried.
 * @throws TeuError `ERR_REGISTRY_BLOCKED`
 */
export function placesFor(reference: Reference, { registries, hosts }: PlaceConfig): readonly Place[] {
  const name = formatName(reference);
  const rule = findRule(registries, formatReference(reference));
  if (rule === undefined) return fromHosts(reference, hosts(reference.host)) ?? [originOf(name, false)];
  if (rule.blocked) throw blocked(name, rule.prefix);
  const mirrors = rule.mirrors.map((mirror): Place => ({
    ...originOf(relocate(name, rule.prefix, mirror.location), mirror.insecure),
    isMirror: true,
    uses: {
      // Who stands between us and a host without TLS could make a tag stand for anything.
      tags: mirror.pulls !== "digest-only" && (!mirror.insecure || isLocal(mirror.location)),
      digests: mirror.pulls !== "tag-only",
      push: false,
    },
  }));
  return [...mirrors, originOf(relocate(name, rule.prefix, rule.location), rule.insecure)];
}

function isLocal(location: string): boolean {
  return reachOf(location.split(/[/:]/, 1)[0] ?? "") === "loopback";
}

function originOf(name: string, insecure: boolean): Place {
  const { host, path } = parseLiteralName(name);
  return { host, path, isMirror: false, uses: { tags: true, digests: true, push: true }, insecure };
}

function fromHosts(reference: Reference, rules: readonly HostRule[] | undefined): readonly Place[] | undefined {
  return rules?.map((rule, at): Place => {
    const isMirror = at < rules.length - 1;
    return {
      host: isMirror ? rule.base.host : reference.host,
      base: rule.base,
      path: reference.path,
      isMirror,
      uses: {
        tags: rule.capabilities.includes("resolve") && !(isMirror && isDoubtful(rule)),
        digests: rule.capabilities.includes("pull"),
        push: rule.capabilities.includes("push"),
      },
      insecure: rule.skipVerify,
      rule,
      ...(rule.base.host === reference.host ? {} : { namespace: reference.host }),
    };
  });
}

/** Who stands between us and a mirror without good TLS is believed only where the file says so in words. */
function isDoubtful({ base, skipVerify, isSpelledOut }: HostRule): boolean {
  return !isSpelledOut && (skipVerify || base.protocol === "http:") && reachOf(base.hostname) !== "loopback";
}

function blocked(name: string, prefix: string): TeuError<RegistryClientErrorCode> {
  return new TeuError("ERR_REGISTRY_BLOCKED", `Going to "${name}": registries.conf blocks "${prefix}"`, {
    hint: "Take the rule out of registries.conf, if that was not meant",
  });
}

/** The host at which a registry answers: that of Docker Hub is another than in names. */
export function apiHost(host: string): string {
  return host === DEFAULT_HOST ? "registry-1.docker.io" : host;
}
