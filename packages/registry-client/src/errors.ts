/** The codes of errors that this room throws, with what each means. */
export const ERRORS = {
  ERR_AUTH_FILE_INVALID:
    "A file of credentials cannot be read. The message names the file and the place, never a secret.",
  ERR_CREDENTIAL_HELPER: "A credential helper is missing, failed, or answered something else than credentials.",
  ERR_NETWORK: "A connection could not be made, or broke. `detail.url` is the address without its query.",
  ERR_NETWORK_TIMEOUT:
    "The other side was silent for too long. `detail` has the address and the limit in milliseconds.",
  ERR_TLS: "The other side's certificate is not trusted, or it wants one of ours.",
  ERR_REGISTRY_STATUS:
    "A registry answered with another status than expected. `detail` has the status and the errors of the body.",
  ERR_REGISTRY_ANSWER:
    "An answer of a registry breaks the protocol: a header or a body is missing, wrong or too large.",
  ERR_REGISTRY_UNSUPPORTED: "A registry does not offer what was asked for, such as deletion.",
  ERR_RATE_LIMITED: "A registry refuses further requests for now. `detail.retryAfterMs` says for how long, if it does.",
  ERR_UNAUTHORIZED: "A registry or its token server wants credentials, or refuses those it got.",
  ERR_FORBIDDEN: "A registry knows the user, who may not do this.",
  ERR_REDIRECT: "A redirect is one too many, without an address, or leads where it must not.",
  ERR_ADDRESS_REFUSED:
    "An answer leads to an address that it must not: one inside of a private network, or without encryption.",
  ERR_PROXY: "A proxy is configured wrongly, or refuses the connection.",
  ERR_REGISTRY_CONFIG:
    "A configuration of registries (`registries.conf`, `hosts.toml`, `certs.d`) cannot be read. The message says where.",
  ERR_REGISTRY_BLOCKED: "The user's configuration forbids this registry.",
  ERR_SHORT_NAME: "A name without a host could mean images of several registries, or none.",
} as const;

/** A code of an error that this room throws. */
export type RegistryClientErrorCode = keyof typeof ERRORS;
