/**
 * Where the data of a registry is, as its configuration says.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { DataOptions } from "../data.ts";
import type { RegistryServerErrorCode } from "../errors.ts";
import type { RegistryConfig } from "./config.ts";
import type { S3Config } from "./place-fields.ts";
import { settingsOf } from "./policy.ts";

/** Variables of the environment by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How to open the data.
 * @throws TeuError `ERR_SERVER_CONFIG` if a bucket has no keys.
 */
export function dataOptionsOf(config: RegistryConfig, env: Environment): DataOptions {
  const { s3, database } = config;
  return {
    settings: settingsOf(config),
    ...(s3 === undefined ? {} : { s3: s3OptionsOf(s3, env) }),
    ...(database === undefined ? {} : { database }),
  };
}

function s3OptionsOf({ redirectMs, accessKey, secretKey, ...place }: S3Config, env: Environment): DataOptions["s3"] {
  const keys = {
    accessKey: accessKey ?? env["AWS_ACCESS_KEY_ID"],
    secretKey: secretKey ?? env["AWS_SECRET_ACCESS_KEY"],
    sessionToken: accessKey === undefined ? env["AWS_SESSION_TOKEN"] : undefined,
  };
  if (keys.accessKey === undefined || keys.secretKey === undefined)
    throw new TeuError<RegistryServerErrorCode>(
      "ERR_SERVER_CONFIG",
      "Opening the bucket: no keys, expected accessKey",
      {
        hint: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment count too",
      },
    );
  const credentials = { ...keys, accessKey: keys.accessKey, secretKey: keys.secretKey };
  return {
    ...place,
    region: place.region ?? env["AWS_REGION"],
    credentials: () => credentials,
    ...(redirectMs === 0 ? {} : { redirectSeconds: Math.ceil(redirectMs / 1000) }),
  };
}
