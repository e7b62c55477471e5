/**
 * The `Location` of uploads and stored content: absolute or relative, and opaque, so its query is kept to the letter.
 * @module
 */
import { fieldError } from "./field.ts";

/**
 * The address that a `Location` names, in the answer to a request to `request`. It may lead to another host: who goes there
 * decides what to send.
 * @throws TeuError `ERR_HEADER_INVALID` if it is no address of http or https, or holds a user or password.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put}
 */
export function resolveLocation(value: string, request: string | URL): URL {
  const url = value.trim() === "" ? null : URL.parse(value, String(request));
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw fieldError("Location", value, "expected an address of http or https");
  }
  if (url.username !== "" || url.password !== "") throw fieldError("Location", "***", "an address with credentials");
  return url;
}

/** `location` with one more query parameter. What stands in its query already is not written anew, since it may be signed. */
export function withParameter(location: URL, name: string, value: string): URL {
  const url = new URL(location);
  const parameter = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  url.search = url.search === "" ? parameter : `${url.search}&${parameter}`;
  return url;
}
