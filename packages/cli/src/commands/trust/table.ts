/**
 * The commands of keys, signatures and attestations.
 * @module
 */
import type { Command, Option } from "../../command.ts";
import { CLIENT_OPTIONS } from "../../images/client-options.ts";

const FORMAT: Option = { type: "string", value: "FORMAT", about: "json, or lines without it" };
const ANNOTATION: Option = {
  type: "string",
  multiple: true,
  short: "a",
  value: "NAME=VALUE",
  about: "An annotation of the signature",
};
const NAME: Option = { type: "string", value: "NAME", about: "The full name of the image, where its place has none" };
const RECURSIVE: Option = { type: "boolean", short: "r", about: "Of an index, also everything below it" };
const TYPE: Option = {
  type: "string",
  value: "TYPE",
  about: "Kind of attestation: slsaprovenance1, spdxjson, cyclonedx, openvex, vsa, custom, … or a URI",
};
const PASSWORD: Readonly<Record<string, Option>> = {
  "password-file": { type: "string", value: "FILE", about: "Read the password of the key from this file" },
};
const KEY: Option = { type: "string", value: "FILE", about: "The private key" };

const LOOKASIDE: Option = {
  type: "string",
  value: "FOLDER",
  about: "Where signatures that gpg makes are kept, as lookaside of registries.d has it",
};

const TRUST_OPTIONS: Readonly<Record<string, Option>> = {
  key: { type: "string", multiple: true, value: "FILE", about: "Trust the owner of this public key" },
  ca: {
    type: "string",
    multiple: true,
    value: "FILE",
    about: "Trust certificates of this authority, as the Notary Project has them",
  },
  tsa: { type: "string", multiple: true, value: "FILE", about: "With --ca, trust time stamps of this authority" },
  subject: {
    type: "string",
    multiple: true,
    value: "NAMES",
    about: "With --ca, only this subject, such as C=CH,O=Example",
  },
  revocation: {
    type: "string",
    value: "ACTION",
    about:
      "With --ca, ask over the network whether certificates are revoked: enforce, log, or skip, which is the default",
  },
  "plugin-config": {
    type: "string",
    multiple: true,
    value: "NAME=VALUE",
    about: "A setting of the plug-in that a signature asks for",
  },
  identity: { type: "string", multiple: true, value: "TEXT", about: "Trust this identity, compared as a whole" },
  issuer: {
    type: "string",
    multiple: true,
    value: "URL",
    about: "Who has to vouch for the identity: one for all, or one for each",
  },
  "trusted-root": {
    type: "string",
    value: "FILE",
    about: "The trusted_root.json of the sigstore instance; the public one by default",
  },
  "gpg-keys": { type: "string", multiple: true, value: "FILE", about: "Trust these public keys of OpenPGP" },
  lookaside: LOOKASIDE,
  threshold: { type: "string", value: "N", about: "How many of the trusted have to have signed; 1 by default" },
};

const KEYLESS: Readonly<Record<string, Option>> = {
  "identity-token": {
    type: "string",
    value: "FILE",
    about: "Sign as the identity of this OpenID Connect token, keyless",
  },
  "signing-config": {
    type: "string",
    value: "FILE",
    about: "The signing_config.json of the sigstore instance; the public one by default",
  },
};

const PASSWORDS = `The password of an encrypted key comes from --password-file, TEU_KEY_PASSWORD, COSIGN_PASSWORD, or the terminal.`;

/** The commands, in the order in which help lists them. */
export const TRUST_COMMANDS: readonly Command[] = [
  {
    name: "sign",
    summary: "Sign an image",
    operands: "IMAGE…",
    count: [1, 64],
    options: {
      ...CLIENT_OPTIONS,
      ...PASSWORD,
      key: KEY,
      ...KEYLESS,
      form: {
        type: "string",
        multiple: true,
        value: "FORM",
        about: "bundle, legacy, notation-jws or notation-cose; by default the first two",
      },
      certificate: {
        type: "string",
        value: "FILE",
        about: "The key's certificate and those above it, for notation and plug-ins",
      },
      plugin: {
        type: "string",
        value: "NAME",
        about: "Sign with a key that this plug-in of notation holds; or its path",
      },
      "key-id": { type: "string", value: "ID", about: "Which key of the plug-in" },
      "plugin-config": { type: "string", multiple: true, value: "NAME=VALUE", about: "A setting of the plug-in" },
      expires: { type: "string", value: "TIME", about: "Such as 30d or 12h: for notation and tag records" },
      annotation: ANNOTATION,
      name: NAME,
      recursive: RECURSIVE,
      "gpg-key": { type: "string", value: "KEY", about: "Sign with this key of gpg, into --lookaside" },
      lookaside: LOOKASIDE,
      "tag-record": { type: "boolean", about: "Also sign that the tag stands for this image, until it --expires" },
      sequence: { type: "string", value: "N", about: "The number of the tag record; by default the time" },
      format: FORMAT,
    },
    about: `By default it writes both a bundle that refers to the image, which cosign 3 reads, and what cosign 1 and 2, podman,
skopeo and CRI-O read. ${PASSWORDS}`,
    load: async () => (await import("./sign.ts")).sign,
  },
  {
    name: "verify",
    summary: "Verify the signatures of an image",
    operands: "IMAGE…",
    count: [1, 64],
    options: {
      ...CLIENT_OPTIONS,
      ...TRUST_OPTIONS,
      annotation: { ...ANNOTATION, about: "An annotation that the signature has to have" },
      name: NAME,
      "require-name": { type: "boolean", about: "Refuse signatures that name no image" },
      type: { ...TYPE, about: "Want an attestation of this kind instead of a signature" },
      fresh: { type: "boolean", about: "Want a signed record of the tag that has not expired and is none of the past" },
      recursive: RECURSIVE,
      format: FORMAT,
    },
    about: `Only the image's own registry or folder is asked, for the signatures; nobody else. It prints what was checked of each
signature and what was not, and ends with 1 unless enough of them count. An attestation is not a signature.`,
    load: async () => (await import("./verify.ts")).verify,
  },
  {
    name: "attest",
    summary: "Attest to a fact about an image",
    operands: "IMAGE",
    count: [1, 1],
    options: {
      ...CLIENT_OPTIONS,
      ...PASSWORD,
      key: KEY,
      ...KEYLESS,
      type: TYPE,
      predicate: { type: "string", value: "FILE", about: "The fact: a JSON object; - for standard input" },
      attached: { type: "boolean", about: "Instead, what whoever built the image has put beside it unsigned" },
      recursive: { type: "boolean", short: "r", about: "With --attached, of an index also what is beside its images" },
      form: { type: "string", multiple: true, value: "FORM", about: "bundle or legacy; by default both" },
      name: NAME,
      format: FORMAT,
    },
    about: PASSWORDS,
    load: async () => (await import("./attest.ts")).attest,
  },
  {
    name: "attestation ls",
    summary: "List the attestations of an image, unverified",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...CLIENT_OPTIONS, type: TYPE, format: FORMAT },
    load: async () => (await import("./attestation.ts")).list,
  },
  {
    name: "attestation show",
    summary: "Print the predicates of an image's attestations, unverified",
    operands: "IMAGE",
    count: [1, 1],
    options: { ...CLIENT_OPTIONS, type: TYPE },
    load: async () => (await import("./attestation.ts")).show,
  },
  {
    name: "attestation download",
    summary: "Write the statements of an image's attestations to files, unverified",
    operands: "IMAGE FOLDER",
    count: [2, 2],
    options: { ...CLIENT_OPTIONS, type: TYPE },
    load: async () => (await import("./attestation.ts")).download,
  },
  {
    name: "attestation tree",
    summary: "Show an image, what is below it, and the signatures and attestations of each",
    operands: "IMAGE",
    count: [1, 1],
    options: CLIENT_OPTIONS,
    load: async () => (await import("./attestation.ts")).tree,
  },
  {
    name: "key generate",
    summary: "Make a key for signatures",
    operands: "[PREFIX]",
    count: [0, 1],
    options: {
      ...PASSWORD,
      kind: { type: "string", value: "KIND", about: "ecdsa-p256 by default, rsa-2048, rsa-3072 or rsa-4096" },
    },
    about: `Writes PREFIX.key, encrypted as cosign has it, and PREFIX.pub; PREFIX is teu by default. ${PASSWORDS}`,
    load: async () => (await import("./key.ts")).generate,
  },
  {
    name: "key import",
    summary: "Encrypt a private key that was made elsewhere",
    operands: "FILE [PREFIX]",
    count: [1, 2],
    options: PASSWORD,
    about: `FILE is PKCS#8, PKCS#1 or SEC1 in PEM. Writes PREFIX.key and PREFIX.pub. ${PASSWORDS}`,
    load: async () => (await import("./key.ts")).importKey,
  },
  {
    name: "key export",
    summary: "Print the public key of a key, or write the private one in plain",
    operands: "FILE",
    count: [1, 1],
    options: {
      ...PASSWORD,
      private: { type: "string", value: "FILE", about: "Write the private key as PKCS#8 to this new file" },
    },
    about: PASSWORDS,
    load: async () => (await import("./key.ts")).exportKey,
  },
  {
    name: "key show",
    summary: "Tell what a key is",
    operands: "FILE",
    count: [1, 1],
    options: { ...PASSWORD, format: FORMAT },
    about: PASSWORDS,
    load: async () => (await import("./key.ts")).show,
  },
];
