/**
 * The secrets that one registry was told, so that what it tells us never brings one of them into a message: there are
 * registries, and proxies before them, that repeat in an error what they were sent.
 * @module
 */
import type { Credential } from "../credentials/credential.ts";

// A shorter one would be found in words.
const LEAST_LENGTH = 4;
const MAX_SECRETS = 1024;

/** Secrets, in all forms in which they travel. */
export class KnownSecrets {
  readonly #forms = new Set<string>();

  /** Learns the secret of a credential. */
  addCredential(credential: Credential): void {
    this.add(credential.kind === "basic" ? credential.password : credential.token);
  }

  /** Learns what a header `Authorization` holds behind its scheme. */
  addHeader(header: string): void {
    this.add(header.replace(/^\S+ +/, ""));
  }

  /** Learns a password or token. */
  add(secret: string): void {
    if (secret.length < LEAST_LENGTH) return;
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) this.#forms.add(form);
    // Those from long ago are good for nothing any more.
    for (const oldest of this.#forms) if (this.#forms.size > MAX_SECRETS) this.#forms.delete(oldest);
  }

  /** `text` with `***` for every secret. */
  hide(text: string): string {
    return [...this.#forms]
      .toSorted((a, b) => b.length - a.length)
      .reduce((hidden, form) => hidden.replaceAll(form, "***"), text);
  }
}
