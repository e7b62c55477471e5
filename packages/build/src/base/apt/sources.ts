/**
 * Where packages come from, as apt is told: lines of `sources.list`, and paragraphs of `*.sources` files.
 * @see {@link https://manpages.debian.org/bookworm/apt/sources.list.5.en.html}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import { type Stanza, parseStanzas } from "../deb/stanza.ts";

/** One suite at one address. */
export interface AptSource {
  /** Address of the archive, with a slash at its end. */
  readonly uri: string;
  /** Such as `bookworm`; with a slash at its end it is a folder of a flat archive. */
  readonly suite: string;
  /** Such as `main`; none for a flat archive. */
  readonly components: readonly string[];
  /** Only these architectures; nothing for all. */
  readonly architectures: readonly string[] | undefined;
  readonly trust: ArchiveTrust;
}

/** What is believed of an archive. */
export interface ArchiveTrust {
  /** Files of keys, one key as text, or fingerprints; empty for the keys that are trusted for every archive. */
  readonly signedBy: readonly string[];
  /** True for an archive whose signature nobody looks at. */
  readonly isTrusted: boolean;
  /** Whether the end of its validity counts; nothing where the configuration decides. */
  readonly checkValidUntil: boolean | undefined;
  /** Whether a date in the future is an error; nothing where the configuration decides. */
  readonly checkDate: boolean | undefined;
}

/** Reads a file of sources by its name: `.sources` in paragraphs, any other in lines. @throws TeuError `ERR_APT_SOURCES` */
export function parseSources(text: string, file: string): readonly AptSource[] {
  return file.endsWith(".sources") ? parseParagraphs(text, file) : parseLines(text, file);
}

function parseLines(text: string, file: string): readonly AptSource[] {
  return text.split("\n").flatMap((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    const match = /^(?<type>deb|deb-src)\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<rest>.*)$/.exec(line)?.groups;
    if (line === "" || match?.["type"] === "deb-src") return [];
    if (match === undefined) throw invalid(file, `line ${index + 1} is "${line}", expected deb URI SUITE [COMPONENT…]`);
    const [uri = "", suite = "", ...components] = (match["rest"] ?? "").split(/\s+/);
    const options = new Map(words(match["options"]).map(readOption));
    return [makeSource({ uri, suite, components, options, place: `line ${index + 1}`, file })];
  });
}

function readOption(text: string): [string, string] {
  const [, name = "", value = ""] = /^([^=]*?)[+-]?=(.*)$/.exec(text) ?? [];
  return [LINE_OPTIONS[name] ?? name, value.replaceAll(",", " ")];
}

// The names that lines have for fields of paragraphs.
const LINE_OPTIONS: Readonly<Record<string, string>> = {
  arch: "architectures",
  "signed-by": "signed-by",
  trusted: "trusted",
  "check-valid-until": "check-valid-until",
  "check-date": "check-date",
};

function parseParagraphs(text: string, file: string): readonly AptSource[] {
  const stanzas = parseStanzas(text, ({ line }) => {
    throw invalid(file, `line ${line} is no field`);
  });
  return stanzas.flatMap((stanza, index) => {
    const place = `paragraph ${index + 1}`;
    if (/^(no|false|without|off|disable)$/i.test(stanza.get("enabled") ?? "")) return [];
    if (!words(stanza.get("types")).includes("deb")) return [];
    const uris = words(stanza.get("uris"));
    const suites = words(stanza.get("suites"));
    if (uris.length === 0 || suites.length === 0) throw invalid(file, `${place} has no URIs or no Suites`);
    const components = words(stanza.get("components"));
    const make = (uri: string, suite: string): AptSource =>
      makeSource({ uri, suite, components, options: stanza, place, file });
    return uris.flatMap((uri) => suites.map((suite) => make(uri, suite)));
  });
}

interface SourceParts {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  readonly options: Stanza;
  readonly place: string;
  readonly file: string;
}

function makeSource({ uri, suite, components, options, place, file }: SourceParts): AptSource {
  const flat = suite.endsWith("/");
  if (!/^(https?|file|copy):/.test(uri)) {
    throw invalid(file, `${place} has the address "${uri}", expected http:, https: or file:`);
  }
  if (suite === "" || flat === components.length > 0) {
    throw invalid(file, `${place} needs a suite with components, or a suite that ends with a slash and none`);
  }
  const architectures = words(options.get("architectures"));
  return {
    uri: uri.endsWith("/") ? uri : `${uri}/`,
    suite,
    components,
    architectures: architectures.length === 0 ? undefined : architectures,
    trust: {
      signedBy: readSignedBy(options.get("signed-by") ?? ""),
      isTrusted: readSwitch(options.get("trusted")) === true,
      checkValidUntil: readSwitch(options.get("check-valid-until")),
      checkDate: readSwitch(options.get("check-date")),
    },
  };
}

/** A key as text stands there with a dot for each empty line. */
function readSignedBy(text: string): readonly string[] {
  if (!text.includes("-----BEGIN PGP")) return words(text);
  const lines = text.split("\n").map((line) => line.trim());
  return [
    lines
      .map((line) => (line === "." ? "" : line))
      .join("\n")
      .trim(),
  ];
}

/** Reads what apt takes for yes and no. */
export function readSwitch(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(yes|true|with|on|enable|1)$/i.test(text)) return true;
  return /^(no|false|without|off|disable|0)$/i.test(text) ? false : undefined;
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

function invalid(file: string, problem: string): TeuError<BaseErrorCode> {
  return new TeuError("ERR_APT_SOURCES", `Reading sources of packages "${file}": ${problem}`, { detail: { file } });
}
