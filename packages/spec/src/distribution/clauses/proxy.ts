/**
 * Registries that stand in front of others. All of this is merged text that is in no release yet.
 * @module
 */

/** Rows of `DISTRIBUTION_CLAUSES`, by id. */
export const PROXY_CLAUSES = {
  "distribution.proxy.registry": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A registry may act as a proxy of another one, to delegate to it or to add to it.",
    draft: true,
  },
  "distribution.proxy.ns": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A pull may carry the query parameter `ns` with the host of the repository name that the client's user wrote.",
    draft: true,
  },
  "distribution.proxy.ns.host": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "The value of `ns` is the first part of the full repository name.",
    draft: true,
  },
  "distribution.proxy.ns.primary": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "The value of `ns` is the host that the client takes for the main source of the repository.",
    draft: true,
  },
  "distribution.proxy.ns.configured": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A client may be configured to send another host as `ns`.",
    draft: true,
  },
  "distribution.proxy.ns.resolve": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A proxy may find the registry behind it by `ns`.",
    draft: true,
  },
  "distribution.proxy.ns.ignore": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A registry may ignore `ns`.",
    draft: true,
  },
  "distribution.proxy.ns.echo": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A registry that scopes a request by `ns` returns the value in the header `OCI-Namespace`.",
    draft: true,
  },
  "distribution.proxy.aware": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A client knows whether a host is a proxy, as when `ns` differs from the `Host` header.",
    draft: true,
  },
  "distribution.proxy.ns.proxies-only": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A client sends `ns` to proxies only.",
    draft: true,
  },
  "distribution.proxy.credentials": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#registry-proxying",
    text: "A client does not send credentials for a registry to a proxy of it unless their owner told it to.",
    draft: true,
  },
} as const;
