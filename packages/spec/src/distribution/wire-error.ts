/**
 * The errors that registries answer with: one table of codes, each with its status, and how they are written.
 * What comes from a registry is read by `error-body.ts`.
 * @module
 */
import { type JsonValue, stringifyJson } from "@teu/std/json-value";

/** What is known of a code. */
export interface WireErrorRow {
  /** Its number in the specification, if that has it. */
  readonly id?: string;
  /** Who defined it: distribution-spec, its extension documents, or Docker's registry. */
  readonly origin: "oci" | "extension" | "docker";
  /** Status that an answer with this code has, unless a request's own rules say otherwise. */
  readonly status: number;
  /** What an answer says where nothing better is known. */
  readonly message: string;
  /** When it is answered. */
  readonly description: string;
}

/**
 * The codes. A new one is a new row.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes}
 */
export const WIRE_ERRORS = {
  BLOB_UNKNOWN: {
    id: "code-1",
    origin: "oci",
    status: 404,
    message: "blob unknown to registry",
    description: "The repository has no blob of this digest.",
  },
  BLOB_UPLOAD_INVALID: {
    id: "code-2",
    origin: "oci",
    status: 400,
    message: "blob upload invalid",
    description: "The upload met an error and cannot go on.",
  },
  BLOB_UPLOAD_UNKNOWN: {
    id: "code-3",
    origin: "oci",
    status: 404,
    message: "blob upload unknown to registry",
    description: "The upload was never begun, is complete, was cancelled or timed out.",
  },
  DIGEST_INVALID: {
    id: "code-4",
    origin: "oci",
    status: 400,
    message: "provided digest did not match uploaded content",
    description: "The digest is malformed, of an algorithm that the registry lacks, or not that of the content.",
  },
  MANIFEST_BLOB_UNKNOWN: {
    id: "code-5",
    origin: "oci",
    status: 404,
    message: "manifest references a manifest or blob unknown to registry",
    description: "The pushed manifest names content that the repository does not have.",
  },
  MANIFEST_INVALID: {
    id: "code-6",
    origin: "oci",
    status: 400,
    message: "manifest invalid",
    description: "The pushed manifest breaks the specification of its media type.",
  },
  MANIFEST_UNKNOWN: {
    id: "code-7",
    origin: "oci",
    status: 404,
    message: "manifest unknown to registry",
    description: "The repository has no manifest of this tag or digest.",
  },
  NAME_INVALID: {
    id: "code-8",
    origin: "oci",
    status: 400,
    message: "invalid repository name",
    description: "The name breaks the grammar of repository names.",
  },
  NAME_UNKNOWN: {
    id: "code-9",
    origin: "oci",
    status: 404,
    message: "repository name not known to registry",
    description: "There is no repository of this name.",
  },
  SIZE_INVALID: {
    id: "code-10",
    origin: "oci",
    status: 400,
    message: "provided length did not match content length",
    description: "The body is shorter or longer than was announced.",
  },
  UNAUTHORIZED: {
    id: "code-11",
    origin: "oci",
    status: 401,
    message: "authentication required",
    description: "The client has to prove who it is; `WWW-Authenticate` says how.",
  },
  DENIED: {
    id: "code-12",
    origin: "oci",
    status: 403,
    message: "requested access to the resource is denied",
    description: "The client is known and not allowed to do this.",
  },
  UNSUPPORTED: {
    id: "code-13",
    origin: "oci",
    status: 405,
    message: "the operation is unsupported",
    description: "The registry does not do this, or not with these parameters.",
  },
  TOOMANYREQUESTS: {
    id: "code-14",
    origin: "oci",
    status: 429,
    message: "too many requests",
    description: "The client is to wait; `Retry-After` says how long.",
  },
  EXTENSION_UNKNOWN: {
    origin: "extension",
    status: 404,
    message: "extension is unknown",
    description: "The registry does not know this extension, or not for this repository.",
  },
  MANIFEST_UNVERIFIED: {
    origin: "docker",
    status: 400,
    message: "manifest failed signature verification",
    description: "The signature inside of a schema 1 manifest does not hold.",
  },
  PAGINATION_NUMBER_INVALID: {
    origin: "docker",
    status: 400,
    message: "invalid number of results requested",
    description: "The parameter `n` is no whole number, or more than the registry allows.",
  },
  RANGE_INVALID: {
    origin: "docker",
    status: 416,
    message: "invalid content range",
    description: "A chunk does not begin where the one before it ended.",
  },
  TAG_INVALID: {
    origin: "docker",
    status: 400,
    message: "manifest tag did not match URI",
    description: "The tag is malformed, or not the one inside of a schema 1 manifest.",
  },
  UNAVAILABLE: {
    origin: "docker",
    status: 503,
    message: "service unavailable",
    description: "The registry or what it stands on does not work right now.",
  },
  UNKNOWN: {
    origin: "docker",
    status: 500,
    message: "unknown error",
    description: "Something went wrong that has no code of its own.",
  },
} as const;

/** A code of {@link WIRE_ERRORS}. */
export type WireErrorCode = keyof typeof WIRE_ERRORS;

/** One error of an answer. */
export interface WireError {
  /** Usually one of {@link WIRE_ERRORS}; registries may have codes of their own. */
  readonly code: string;
  readonly message?: string;
  /** Facts for programs, in no fixed shape. */
  readonly detail?: JsonValue;
}

/** Why a request is refused before anything was looked up. */
export interface WireProblem {
  readonly kind: "invalid";
  readonly code: WireErrorCode;
  readonly message: string;
  /** Status of the answer. */
  readonly status: number;
}

/** Tells whether `code` is one of {@link WIRE_ERRORS}. */
export function isWireErrorCode(code: string): code is WireErrorCode {
  return Object.hasOwn(WIRE_ERRORS, code);
}

/** What is known of `code`; of one that is not, what is known of `UNKNOWN`. */
export function describeWireError(code: string): WireErrorRow {
  return WIRE_ERRORS[isWireErrorCode(code) ? code : "UNKNOWN"];
}

/** Makes an error, with the message of the table unless another is given. */
export function wireError(code: WireErrorCode, more: Omit<WireError, "code"> = {}): WireError {
  return { code, message: WIRE_ERRORS[code].message, ...more };
}

/** Writes the body of an answer, of `Content-Type: application/json`. Several errors share one answer. */
export function formatErrorBody(errors: readonly WireError[]): string {
  return stringifyJson({ errors: errors.map(({ code, message, detail }) => ({ code, message, detail })) });
}

/** Makes the refusal of a request, with the status of its code unless another is given. */
export function refuse(code: WireErrorCode, message: string, status: number = WIRE_ERRORS[code].status): WireProblem {
  return { kind: "invalid", code, message, status };
}
