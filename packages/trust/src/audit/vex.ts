/**
 * What OpenVEX documents say of vulnerabilities: those that a product is not affected by, or that are fixed, do not count.
 * @see {@link https://github.com/openvex/spec/blob/v0.2.0/OPENVEX-SPEC.md}
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { TrustErrorCode } from "../errors.ts";
import { readJsonObject } from "./lenient-json.ts";
import { packageUrl } from "./purl.ts";
import type { OperatingSystem, Vulnerability } from "./types.ts";

/** One statement that takes a vulnerability away. */
export interface VexStatement {
  readonly ids: ReadonlySet<string>;
  /** Identifiers of products and their parts. */
  readonly products: readonly string[];
  readonly reason: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a document. @throws TeuError `ERR_DATABASE_INVALID` */
export function readVex(text: string, file: string): readonly VexStatement[] {
  const json = readJsonObject(text);
  const context = json?.["@context"];
  if (typeof context !== "string" || !context.startsWith("https://openvex.dev/ns"))
    throw new TeuError<TrustErrorCode>("ERR_DATABASE_INVALID", `Reading "${file}": it is no document of OpenVEX`);
  return fieldsOf(json?.["statements"]).flatMap((statement) => {
    const { status, justification, impact_statement: impact } = statement;
    if (status !== "not_affected" && status !== "fixed") return [];
    const reason = [status, justification, impact].filter((each) => typeof each === "string").join(", ");
    return [{ ids: idsOf(statement["vulnerability"]), products: productsOf(statement["products"]), reason }];
  });
}

function fieldsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter((item): item is Fields => typeof item === "object" && item !== null) : [];
}

function idsOf(vulnerability: unknown): ReadonlySet<string> {
  if (typeof vulnerability === "string") return new Set([vulnerability]);
  const { name, aliases, "@id": id } = (vulnerability ?? {}) as Fields;
  const all: readonly unknown[] = [name, id, ...(Array.isArray(aliases) ? (aliases as readonly unknown[]) : [])];
  return new Set(all.filter((each) => typeof each === "string"));
}

function productsOf(products: unknown): readonly string[] {
  const texts = Array.isArray(products) ? products.filter((each) => typeof each === "string") : [];
  const nested = fieldsOf(products).flatMap((product) => {
    const parts = productsOf(product["subcomponents"]);
    const { purl } = (product["identifiers"] ?? {}) as Fields;
    // A statement about a part of a product is about that part only.
    return parts.length > 0 ? parts : [product["@id"], purl].filter((each) => typeof each === "string");
  });
  return [...texts, ...nested];
}

/**
 * Marks the vulnerabilities that statements take away. A product is matched by its package URL,
 * with or without a version, or as the image itself by its digest.
 */
export function applyVex(
  vulnerabilities: readonly Vulnerability[],
  statements: readonly VexStatement[],
  { system, digest }: { readonly system: OperatingSystem | undefined; readonly digest: string },
): readonly Vulnerability[] {
  return vulnerabilities.map((vulnerability) => {
    const { id, aliases } = vulnerability;
    const [url = ""] = packageUrl(vulnerability.package, system).split("?", 1);
    const isMeant = (product: string): boolean => {
      const [plain = ""] = product.split("?", 1);
      return (
        plain === url ||
        plain === url.replace(/@[^@]*$/, "") ||
        plain.endsWith(`@${digest}`) ||
        plain.endsWith(`@${encodeURIComponent(digest)}`)
      );
    };
    const statement = statements.find(
      ({ ids, products }) => [id, ...aliases].some((each) => ids.has(each)) && products.some(isMeant),
    );
    return statement === undefined ? vulnerability : { ...vulnerability, waived: statement.reason };
  });
}
