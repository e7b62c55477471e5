/**
 * What a registry must offer at all, and what every request and answer has in common.
 * @module
 */

/** Rows of `DISTRIBUTION_CLAUSES`, by id. */
export const GENERAL_CLAUSES = {
  "distribution.general.docker-headers": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#legacy-docker-support-http-headers",
    text: "An answer may carry headers of Docker's registry beside those that the specification names.",
  },
  "distribution.general.docker-headers.rely": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#legacy-docker-support-http-headers",
    text: "A client works without the headers of Docker's registry.",
  },
  "distribution.general.docker-codes": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#legacy-docker-support-error-codes",
    text: "An error may carry a code of Docker's registry, such as TAG_INVALID or MANIFEST_UNVERIFIED.",
  },
  "distribution.general.docker-codes.rely": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#legacy-docker-support-error-codes",
    text: "A client works without the error codes of Docker's registry.",
  },
  "distribution.general.pull": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#requirements",
    text: "A registry offers everything of the category pull.",
  },
  "distribution.general.categories": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#requirements",
    text: "A registry offers push, content discovery and content management as well.",
  },
  "distribution.general.categories.whole": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#requirements",
    text: "A registry that claims a category offers everything of it.",
  },
  "distribution.general.older": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#backwards-compatibility",
    text: "A client works with registries of older versions and with those that offer a part only.",
  },
  "distribution.general.fallback": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#backwards-compatibility",
    text: "A client has the described fallback for each newer or optional part that a registry lacks.",
  },
  "distribution.general.http": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#api",
    text: "Where the specification is silent, both sides follow the semantics of HTTP (RFC 9110).",
    draft: true,
  },
  "distribution.general.redirect": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#api",
    text: "A registry may answer any request with a redirect.",
    draft: true,
  },
  "distribution.general.redirect.follow": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#api",
    text: "A client follows redirects.",
    draft: true,
  },
  "distribution.general.redirect.authorization": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#api",
    text: "A client does not send `Authorization` on to another host unless it is configured to.",
    draft: true,
  },
  "distribution.general.base.authentication": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#determining-support",
    text: "`GET /v2/` may serve to authenticate and authorise a client.",
  },
  "distribution.error.body": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#error-codes",
    text: "An answer of status 4xx may have a body of any format.",
  },
  "distribution.error.json": {
    level: "MUST",
    judge: "document",
    section: "spec.md#error-codes",
    text: "A JSON body of such an answer is an object with an array `errors` of objects.",
  },
  "distribution.error.code": {
    level: "MUST",
    judge: "document",
    section: "spec.md#error-codes",
    text: "The `code` of an error is made of capital letters and underscores.",
  },
  "distribution.error.code.known": {
    level: "MUST",
    judge: "document",
    section: "spec.md#error-codes",
    text: "The `code` of an error is one of those that the specification lists.",
  },
  "distribution.error.message": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#error-codes",
    text: "The `message` of an error may be left out or empty.",
  },
  "distribution.error.message.text": {
    level: "SHOULD",
    judge: "document",
    section: "spec.md#error-codes",
    text: "The `message` of an error is a text for people.",
  },
  "distribution.error.detail": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#error-codes",
    text: "An error may have a `detail` with any JSON value.",
  },
  "distribution.error.retry-after": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#error-codes",
    text: "An answer of status 429 has a `Retry-After` header.",
    draft: true,
  },
  "distribution.warning.headers": {
    level: "MAY",
    judge: "behaviour",
    section: "spec.md#warnings",
    text: "An answer may carry `Warning` headers.",
  },
  "distribution.warning.code": {
    level: "MUST",
    judge: "document",
    section: "spec.md#warnings",
    text: "A `Warning` has the code 299.",
  },
  "distribution.warning.agent": {
    level: "MUST",
    judge: "document",
    section: "spec.md#warnings",
    text: "A `Warning` has the agent `-`.",
  },
  "distribution.warning.date": {
    level: "MUST",
    judge: "document",
    section: "spec.md#warnings",
    text: "A `Warning` has no date.",
  },
  "distribution.warning.size": {
    level: "MUST",
    judge: "document",
    section: "spec.md#warnings",
    text: "The warnings of one answer are at most 4096 bytes together.",
  },
  "distribution.warning.report": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#warnings",
    text: "A client shows warnings to its user without getting in the way.",
  },
  "distribution.warning.repeated": {
    level: "SHOULD",
    judge: "behaviour",
    section: "spec.md#warnings",
    text: "A client shows a warning that several answers repeat once only.",
  },
  "distribution.warning.action": {
    level: "MUST",
    judge: "behaviour",
    section: "spec.md#warnings",
    text: "A client does nothing by itself because of a warning.",
  },
} as const;
