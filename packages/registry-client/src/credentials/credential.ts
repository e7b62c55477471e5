/**
 * What proves to a registry who one is.
 * @module
 */

/** A user's name and password, or a token that a registry gave out in exchange for them. Empty strings never stand for absence. */
export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, which Docker's files call identity token. */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A token to send as it is, which Docker's files call registry token. */
  | { readonly kind: "bearer"; readonly token: string };

/** Name under which helpers and files keep an identity token. */
export const TOKEN_USERNAME = "<token>";

/** A credential for a name and secret as helpers and files keep them; nothing if both are empty. */
export function fromNameAndSecret(name: string, secret: string): Credential | undefined {
  if (name === "" && secret === "") return undefined;
  if (name === TOKEN_USERNAME) return { kind: "identity-token", token: secret };
  return { kind: "basic", username: name, password: secret };
}
