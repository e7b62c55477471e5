/**
 * Names of containers.
 * @module
 */
import { Failure } from "../failure.ts";

const MAX_LENGTH = 1024;

/** Passes on the name of a container that is fit to be the name of a folder. @throws Failure */
export function checkId(id: string): string {
  if (id === "") throw new Failure("container id cannot be empty");
  if (!/^[A-Za-z0-9_+.-]+$/.test(id) || id === "." || id === ".." || id.length > MAX_LENGTH)
    throw new Failure(`invalid container id format: ${JSON.stringify(id)}: expected letters, digits and _ + . - only`);
  return id;
}
