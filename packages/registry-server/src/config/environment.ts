/**
 * The configuration from the environment: `TEU_REGISTRY_PORT` for `port`, `TEU_REGISTRY_TOKEN_KEY` for `tokenKey`,
 * `TEU_REGISTRY_S3_BUCKET` for `bucket` of `s3`. It goes before the file.
 * @module
 */
import { type RegistryConfig, parseConfig } from "./config.ts";
import type { Environment } from "./places.ts";

const PREFIX = "TEU_REGISTRY_";
const STRINGS =
  "host url root users database tokenKey tokenTime require maxManifest maxBlob lease uploadTime undelete grace collect".split(
    " ",
  );
const OTHERS = ["port", "tokens", "deletes", "requestsPerSecond", "metrics", "web"];
const S3_STRINGS = ["bucket", "region", "endpoint", "prefix", "accessKey", "secretKey", "redirect"];

/**
 * A configuration with what the environment says.
 * @throws TeuError `ERR_SERVER_CONFIG` where it says something wrong.
 */
export function withEnvironment(config: RegistryConfig, env: Environment): RegistryConfig {
  const texts = STRINGS.map((name) => [name, quoted(env[variableOf(name)])] as const);
  const given = texts
    .concat(OTHERS.map((name) => [name, env[variableOf(name)]] as const))
    .filter(([, value]) => value !== undefined);
  const bucket = S3_STRINGS.map((name) => [name, quoted(env[variableOf(`s3_${name}`)])] as const).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length === 0 && bucket.length === 0) return config;
  const lines = given.map(([name, value]) => `${name}: ${value}`);
  // A key that is shared may stand in the file alone.
  if (config.tokenKey !== undefined && env[variableOf("tokenKey")] === undefined)
    lines.push(`tokenKey: ${JSON.stringify(config.tokenKey)}`);
  const whole = new Map([...inFile(config), ...bucket]);
  if (bucket.length > 0) lines.push(`s3: {${Array.from(whole, ([name, value]) => `${name}: ${value}`).join(", ")}}`);
  const said = parseConfig(lines.join("\n"), "the environment");
  const s3 = said.s3 === undefined ? {} : { s3: { ...said.s3, ...config.s3, ...only(said.s3, bucket) } };
  return { ...config, ...only(said, given), ...s3 };
}

/** Those fields that were given. */
function only(said: object, given: readonly (readonly [string, unknown])[]): object {
  const names = new Set(given.map(([name]) => FIELDS[name] ?? name));
  return Object.fromEntries(Object.entries(said).filter(([name]) => names.has(name)));
}

/** What the file says of the bucket and the environment does not, so that both together are one. */
function inFile({ s3 }: RegistryConfig): (readonly [string, string | undefined])[] {
  if (s3 === undefined) return [];
  const { bucket, region, endpoint, prefix, accessKey, secretKey } = s3;
  return Object.entries({ bucket, region, endpoint, prefix, accessKey, secretKey })
    .map(([name, value]) => [name, quoted(value)] as const)
    .filter(([, value]) => value !== undefined);
}

/** Fields whose name in the file is not that in memory. */
const FIELDS: Readonly<Record<string, string>> = {
  tokenTime: "tokenMs",
  maxManifest: "maxManifestBytes",
  maxBlob: "maxBlobBytes",
  lease: "leaseMs",
  uploadTime: "sessionMs",
  undelete: "undeleteMs",
  grace: "graceMs",
  collect: "collectMs",
  redirect: "redirectMs",
};

function quoted(value: string | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function variableOf(name: string): string {
  return PREFIX + name.replaceAll(/[A-Z]/g, (char) => `_${char}`).toUpperCase();
}
