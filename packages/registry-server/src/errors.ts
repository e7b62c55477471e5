/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_REGISTRY_BUSY: "The data of a registry is in use by another process.",
  ERR_SERVER_CONFIG: "The configuration of a registry is wrong. `detail.issues` lists every fault.",
  ERR_SERVER_LISTEN: "A registry cannot listen at its address and port.",
  ERR_REGISTRY_DATA: "The stored data of a registry cannot be read, or was written by a newer version.",
  ERR_REGISTRY_STORAGE: "The storage of a registry refused a request, or did not answer.",
  ERR_ISSUER: "The keys of an issuer of tokens cannot be read.",
  ERR_ACME: "An authority gave no certificate.",
  ERR_HTPASSWD_INVALID: "A file of users and passwords has a line that cannot be read.",
} as const;

/** A code of an error that this room throws. */
export type RegistryServerErrorCode = keyof typeof ERRORS;
