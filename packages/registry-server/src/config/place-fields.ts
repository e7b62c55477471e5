/**
 * The parts of a configuration that say where something is: keys, buckets, databases, upstreams.
 * @module
 */
import type { Json } from "@teu/std/json";
import type { UpstreamConfig } from "../upstream/upstream.ts";
import type { Fields } from "./fields.ts";

/** Files of keys for TLS. */
export interface TlsConfig {
  readonly key: string;
  readonly cert: string;
  /** File of the authorities whose clients may show certificates. */
  readonly clientCa?: string | undefined;
}

/** How certificates are had from an authority by ACME. */
export interface AcmeConfig {
  /** Address of the directory of the authority. */
  readonly directory: string;
  readonly domains: readonly string[];
  readonly email?: string | undefined;
  /** How the authority asks: by HTTP, or by TLS on the port of the registry, which comes to port 443. */
  readonly challenge: "http" | "tls";
  /** Port on which the authority looks whether the domains are ours; it comes to port 80. */
  readonly httpPort: number;
  /** File of the authority that signed the certificate of the directory itself. */
  readonly ca?: string | undefined;
}

/** A bucket of an S3 server. */
export interface S3Config {
  readonly bucket: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly prefix?: string | undefined;
  readonly pathStyle?: boolean | undefined;
  /** Without these two, `AWS_ACCESS_KEY_ID` and its companions in the environment count. */
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  /** For how long clients may GET blobs from the bucket itself; 0 for not at all. */
  readonly redirectMs: number;
}

/** Reads an address without a path. */
export function readUrl(json: Json, fields: Fields): string | undefined {
  const text = fields.string(json);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.username === "") return url.origin;
  fields.fault(json, `expected an address such as https://registry.example, got ${JSON.stringify(text)}`);
  return undefined;
}

/** Reads the files of TLS. */
export function readTls(json: Json, fields: Fields): TlsConfig | undefined {
  if (json.absent) return undefined;
  fields.only(json, ["key", "cert", "clientCa"]);
  if (json.kind !== "object") return undefined;
  const [key, cert] = [json.get("key"), json.get("cert")].map((file) => {
    if (file.absent) fields.fault(json, "expected key and cert, the paths of files");
    return fields.string(file) ?? "";
  });
  return { key: key ?? "", cert: cert ?? "", clientCa: fields.string(json.get("clientCa")) };
}

/** Reads how certificates are had. */
export function readAcme(json: Json, fields: Fields): AcmeConfig | undefined {
  if (json.absent) return undefined;
  fields.only(json, ["directory", "domains", "email", "challenge", "httpPort", "ca", "agree"]);
  if (json.kind !== "object") return undefined;
  if (!fields.boolean(json.get("agree"), false))
    fields.fault(json, "agree: true is required, which says that the terms of the authority are accepted");
  const directory = fields.string(json.get("directory")) ?? "https://acme-v02.api.letsencrypt.org/directory";
  if (URL.parse(directory)?.protocol !== "https:") fields.fault(json, "directory: expected an https address");
  const domains = fields.strings(json.get("domains"));
  if (domains.length === 0 || !domains.every((name) => DOMAIN.test(name)))
    fields.fault(json, "domains: expected names such as registry.example");
  const challenge = fields.string(json.get("challenge")) ?? "http";
  if (challenge !== "http" && challenge !== "tls") fields.fault(json, "challenge: expected http or tls");
  return {
    directory,
    domains,
    challenge: challenge === "tls" ? "tls" : "http",
    email: fields.string(json.get("email")),
    httpPort: fields.integer(json.get("httpPort"), 80, [0, 65_535]),
    ca: fields.string(json.get("ca")),
  };
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

const S3_NAMES = ["bucket", "region", "endpoint", "prefix", "pathStyle", "accessKey", "secretKey", "redirect"];

/** Reads where a bucket is. */
export function readS3(json: Json, fields: Fields): S3Config | undefined {
  if (json.absent) return undefined;
  fields.only(json, S3_NAMES);
  if (json.kind !== "object") return undefined;
  if (json.get("bucket").absent) fields.fault(json, "bucket is required");
  if (json.get("accessKey").absent !== json.get("secretKey").absent)
    fields.fault(json, "one of accessKey and secretKey, expected both or none");
  const prefix = fields.string(json.get("prefix"));
  return {
    bucket: fields.string(json.get("bucket")) ?? "",
    region: fields.string(json.get("region")),
    endpoint: readUrl(json.get("endpoint"), fields),
    prefix: prefix === undefined || prefix === "" ? undefined : `${prefix.replace(/\/+$/, "")}/`,
    pathStyle: json.get("pathStyle").absent ? undefined : fields.boolean(json.get("pathStyle"), true),
    accessKey: fields.string(json.get("accessKey")),
    secretKey: fields.string(json.get("secretKey")),
    redirectMs: fields.duration(json.get("redirect")) ?? 0,
  };
}

/** Reads the address of a database. */
export function readDatabase(json: Json, fields: Fields): string | undefined {
  const text = fields.string(json);
  if (text === undefined || /^postgres(?:ql)?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  // The text may hold a password.
  fields.fault(json, "expected an address such as postgres://user:password@host/database");
  return undefined;
}

const UPSTREAM_NAMES = ["match", "url", "strip", "prefix", "namespace", "fresh", "user", "passwordFile"];

/** Reads an upstream. */
export function readUpstream(json: Json, fields: Fields): UpstreamConfig | undefined {
  fields.only(json, UPSTREAM_NAMES);
  if (json.kind !== "object") return undefined;
  for (const name of ["match", "url"]) if (json.get(name).absent) fields.fault(json, `${name} is required`);
  const match = json.get("match");
  return {
    match: match.kind === "string" ? [match.text] : fields.strings(match),
    url: readUrl(json.get("url"), fields) ?? "",
    strip: fields.string(json.get("strip")) ?? "",
    prefix: fields.string(json.get("prefix")) ?? "",
    namespace: fields.string(json.get("namespace")),
    freshMs: fields.duration(json.get("fresh")) ?? 60_000,
    user: fields.string(json.get("user")),
    passwordFile: fields.string(json.get("passwordFile")),
  };
}
