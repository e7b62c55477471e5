/**
 * Whom to trust and how to show who we are when TLS is spoken.
 * @module
 */
import { type SecureContext, createSecureContext, getCACertificates } from "node:tls";

/** Certificates and keys, as text in PEM. */
export interface TlsOptions {
  /** Authorities to trust besides those of the system. */
  readonly ca?: readonly string[];
  /** Our certificate with its key, for registries that ask for one. */
  readonly client?: { readonly certificate: string; readonly key: string };
  /** True to take any certificate. */
  readonly insecure?: boolean;
}

/**
 * Makes what Node wants. The system's authorities are trusted as other programs do it, or Node's own list where the system
 * has none; `NODE_EXTRA_CA_CERTS` counts too.
 */
export function secureContext(options: TlsOptions = {}): SecureContext {
  return createSecureContext({
    // Reading them takes longer than a request does.
    ...(options.insecure === true ? {} : { ca: authorities(options.ca) }),
    ...(options.client === undefined ? {} : { cert: options.client.certificate, key: options.client.key }),
  });
}

function authorities(own: readonly string[] = []): string[] {
  const system = getCACertificates("system");
  const trusted = system.length > 0 ? system : getCACertificates("bundled");
  return [...trusted, ...getCACertificates("extra"), ...own];
}
