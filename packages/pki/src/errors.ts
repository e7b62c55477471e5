/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_BASE64_INVALID: "A text is not base64, or is not written the one way that its bytes are.",
  ERR_PEM_INVALID: "A text is not PEM, or holds another kind of thing than was asked for.",
  ERR_KEY_INVALID: "A key cannot be read.",
  ERR_KEY_UNSUPPORTED: "A key is of a kind that is not used here; the message says why.",
  ERR_KEY_PASSWORD: "An encrypted key does not open with the password that was given, or was changed.",
  ERR_CBOR_INVALID: "Bytes are not CBOR in the one form that is read here, or pass a limit.",
  ERR_DER_INVALID: "Bytes are not DER, or not what was expected in it.",
  ERR_CERTIFICATE_INVALID: "A certificate cannot be read.",
  ERR_CERTIFICATE_CHAIN: "Certificates do not make a chain, or one of them may not do what it did.",
  ERR_ENVELOPE_INVALID: "An envelope of a signature (DSSE, JWS or COSE) cannot be read.",
  ERR_TIMESTAMP_INVALID: "A time stamp token cannot be read, or does not hold.",
  ERR_REVOCATION_INVALID: "An answer about revoked certificates, or a list of them, cannot be read or relied on.",
} as const;

/** A code of an error that this room throws. */
export type PkiErrorCode = keyof typeof ERRORS;
