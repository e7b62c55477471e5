/**
 * Options that several commands share. Apart from what they lead to, so that help loads fast.
 * @module
 */
import type { Option } from "../command.ts";

/** Options of every command that talks to registries. */
export const CLIENT_OPTIONS: Readonly<Record<string, Option>> = {
  insecure: {
    type: "string",
    multiple: true,
    value: "HOST",
    about: "Go on without a good certificate, or without TLS, at this host; * for all",
  },
};

/** Options of every command that moves images. */
export const MOVE_OPTIONS: Readonly<Record<string, Option>> = {
  ...CLIENT_OPTIONS,
  quiet: { type: "boolean", short: "q", about: "Show no progress" },
  jobs: { type: "string", short: "j", value: "N", about: "Move so many contents at a time; 4 by default" },
  "chunk-size": { type: "string", value: "BYTES", about: "Push large blobs in chunks of this size" },
  "parallel-ranges": { type: "string", value: "N", about: "Pull large blobs in so many parts at a time; 1 by default" },
  "foreign-urls": { type: "boolean", about: "Get layers that the registry lacks from where their descriptors say" },
  "push-restricted": { type: "boolean", about: "Push layers whose distribution is restricted, too" },
};

/** The option of commands that can decrypt layers. */
export const DECRYPTION_OPTIONS: Readonly<Record<string, Option>> = {
  "decryption-key": {
    type: "string",
    multiple: true,
    value: "KEY",
    about: "Decrypt layers: FILE[:file=PASSWORDFILE], pgp: for the keys of gpg, or provider:NAME",
  },
};

/** Options of commands that can encrypt layers. */
export const ENCRYPTION_OPTIONS: Readonly<Record<string, Option>> = {
  "encryption-key": {
    type: "string",
    multiple: true,
    value: "KEY",
    about: "Encrypt layers for the owner of jwe:FILE, pgp:USER or provider:NAME",
  },
  "encrypt-layer": {
    type: "string",
    multiple: true,
    value: "N",
    about: "Encrypt this layer alone: 0 is the base, -1 the top",
  },
};
