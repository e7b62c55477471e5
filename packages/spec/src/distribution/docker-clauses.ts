/**
 * What Docker's documents demand of registries beyond distribution-spec: the catalog of repositories, and tokens.
 * They use no key words; the levels are ours, by what clients cannot do without.
 * @module
 */
import { type ClauseTable, type SpecText, clauseTable } from "../clause.ts";

const base = "https://github.com/distribution/distribution/blob/v3.1.1/docs/content/spec";

/** The text that the clauses were derived from. */
export const DOCKER_REGISTRY: SpecText = { name: "docker-registry", version: "v3.1.1", base, draftBase: base };

const CLAUSES = {
  "docker.catalog.body": {
    level: "MUST",
    judge: "document",
    section: "api.md#catalog",
    text: "The catalog is a JSON object with an array `repositories` of names.",
  },
  "docker.catalog.name": {
    level: "SHOULD",
    judge: "document",
    section: "api.md#catalog",
    text: "A name in the catalog can be the name of a repository.",
  },
  "docker.token.body": {
    level: "MUST",
    judge: "document",
    section: "auth/token.md#token-response-fields",
    text: "The answer of a token server is a JSON object.",
  },
  "docker.token.token": {
    level: "MUST",
    judge: "document",
    section: "auth/token.md#token-response-fields",
    text: "The token stands in `token`, in `access_token` or in both, as visible ASCII.",
  },
  "docker.token.same": {
    level: "SHOULD",
    judge: "document",
    section: "auth/token.md#token-response-fields",
    text: "`token` and `access_token` are the same where both are given.",
  },
  "docker.token.expires_in": {
    level: "MUST",
    judge: "document",
    section: "auth/token.md#token-response-fields",
    text: "`expires_in` is a whole number of seconds.",
  },
  "docker.token.expires_in.least": {
    level: "SHOULD",
    judge: "document",
    section: "auth/token.md#token-response-fields",
    text: "A token lives for at least 60 seconds.",
  },
  "docker.token.issued_at": {
    level: "SHOULD",
    judge: "document",
    section: "auth/token.md#token-response-fields",
    text: "`issued_at` is a time as RFC 3339 writes it.",
  },
  "docker.token.refresh_token": {
    level: "MUST",
    judge: "document",
    section: "auth/token.md#token-response-fields",
    text: "`refresh_token` is a text.",
  },
  "docker.token.scope": {
    level: "SHOULD",
    judge: "document",
    section: "auth/oauth.md#response-fields",
    text: "`scope` is a text with the scopes that the token grants.",
  },
} as const;

/** Id of a clause of Docker's documents. */
export type DockerRegistryClauseId = keyof typeof CLAUSES;

/** All clauses of Docker's documents. */
export const DOCKER_REGISTRY_CLAUSES: ClauseTable<DockerRegistryClauseId> = clauseTable(DOCKER_REGISTRY, CLAUSES);
