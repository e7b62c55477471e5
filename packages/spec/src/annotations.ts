/**
 * Annotations: facts about content that are not part of it, as names and values.
 * @module
 */

/**
 * Annotations of a document or descriptor. A value may be empty.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#rules}
 */
export type Annotations = { readonly [key: string]: string };
