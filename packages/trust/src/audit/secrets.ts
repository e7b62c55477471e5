/**
 * Secrets that were left in files: private keys, tokens of services, passwords of registries. Only what has a shape of its
 * own is looked for, so that what is found is worth a look.
 * @module
 */

/** What was found in a file. The secret itself is not repeated. */
export interface FoundSecret {
  readonly what: string;
  /** From 1. */
  readonly line: number;
}

const PATTERNS: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    "a private key",
    /-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED SIGSTORE|ENCRYPTED COSIGN) )?PRIVATE KEY(?: BLOCK)?-----\s+[A-Za-z0-9+/=]{16}/,
  ],
  ["a private key of OpenPGP", /-----BEGIN PGP PRIVATE KEY BLOCK-----/],
  ["an access key of AWS", /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/],
  ["a token of GitHub", /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b/],
  ["a token of GitLab", /\bglpat-[A-Za-z0-9_-]{20,}\b/],
  ["a token of npm", /\bnpm_[A-Za-z0-9]{36}\b|\/\/[^\s:]+\/:_authToken=[A-Za-z0-9_-]{20,}/],
  ["a token of PyPI", /\bpypi-AgEI[A-Za-z0-9_-]{50,}/],
  ["a token of Slack", /\bxox[abprs]-[A-Za-z0-9-]{20,}/],
  ["a key of Google", /\bAIza[A-Za-z0-9_-]{35}\b/],
  ["a key of Stripe", /\b[rs]k_live_[A-Za-z0-9]{20,}\b/],
  ["a password of a registry", /"auth"\s*:\s*"[A-Za-z0-9+/]{8,}={0,2}"/],
  ["a password in a URL", /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s:/@${}]{1,64}:[^\s:/@${}]{3,64}@[a-z0-9.-]+/],
];

/** Longest file that is looked through, in bytes. */
export const MAX_SECRET_FILE_BYTES: number = 1024 * 1024;

/** Looks through a file. One of each kind is told. */
export function findSecrets(bytes: Uint8Array): readonly FoundSecret[] {
  if (bytes.length > MAX_SECRET_FILE_BYTES || bytes.subarray(0, 4096).includes(0)) return [];
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return PATTERNS.flatMap(([what, pattern]) => {
    const found = pattern.exec(text);
    return found === null ? [] : [{ what, line: text.slice(0, found.index).split("\n").length }];
  });
}

/** Where examples and documentation are: what looks like a secret there is none. */
export function isExample(path: string): boolean {
  return /(?:^|\/)(?:usr\/share\/(?:doc|man|perl|perl5)|tests?|testdata|fixtures|examples?|__tests__)\//.test(path);
}
