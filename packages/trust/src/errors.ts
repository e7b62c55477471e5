/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_SIGNATURE_UNREADABLE: "A signature or an attestation is not of its format, or passes a limit.",
  ERR_TRUST_INVALID: "What is to be trusted cannot be used: a key, a certificate or a trusted root.",
  ERR_SIGN_UNSUPPORTED: "A key cannot make the form of signature that was asked for.",
  ERR_SIGN_PLACE: "A signature cannot be put where the image is.",
  ERR_TAG_RECORD_INVALID: "A signed record of a tag cannot be made of what was given.",
  ERR_SERVICE: "A service of sigstore did not give a certificate, an entry of its log or a time stamp.",
  ERR_PLUGIN: "A plug-in, a provider of keys or gpg failed, is missing, or answered otherwise than its protocol says.",
  ERR_REVOCATION_UNKNOWN: "Whether a certificate is revoked could not be found out.",
  ERR_POLICY_INVALID: "A policy cannot be read; what it says nothing of is not guessed.",
  ERR_EVIDENCE_INVALID: "What was kept of an image's signatures cannot be read.",
  ERR_DECRYPTION_KEY: "A layer is encrypted, and not for any of the keys that are there.",
  ERR_ENCRYPTION_INVALID: "An encrypted layer was changed, or what it says of its encryption cannot be read.",
  ERR_DATABASE_INVALID: "A database of packages or of vulnerabilities cannot be read.",
} as const;

/** A code of an error that this room throws. */
export type TrustErrorCode = keyof typeof ERRORS;
