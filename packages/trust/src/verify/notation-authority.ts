/**
 * Who signed with a certificate: whether it leads to an authority that is trusted, and whether its subject is.
 * @module
 */
import { type Certificate, formatCertificateName } from "@teu/pki/certificate";
import { isSame } from "@teu/pki/certificate-chain";
import type { NotationEnvelope } from "../formats/notation.ts";
import type { Checks } from "./evidence.ts";
import type { JudgeContext } from "./judge.ts";
import { type CertificateTrust, trustOf } from "./trust.ts";

/** The trust that certificates lead to; not any, if failures are only noted. */
export interface Authority {
  readonly trusted: readonly CertificateTrust[];
  readonly isTrusted: boolean;
}

/** Finds all trust that the certificates lead to. @throws Refused */
export function findAuthority(
  { certificates, scheme }: NotationEnvelope,
  context: JudgeContext,
  checks: Checks,
): Authority {
  const due = scheme === "notary.x509" ? "ca" : "signingAuthority";
  const stores = trustOf(context.trust, "certificates").filter(({ store = "ca" }) => store === due);
  const trusted = stores.filter(({ anchors }) =>
    anchors.some((anchor) => certificates.some((each) => isSame(anchor, each))),
  );
  if (trusted.length > 0) return { trusted, isTrusted: true };
  checks.fail("signer", "untrusted-signer", "its certificates lead to none that is trusted");
  return { trusted: stores.slice(0, 1), isTrusted: false };
}

/** Whose identity it is about. */
export interface Identity {
  readonly leaf: Certificate;
  /** Whether a plug-in is asked who it is. */
  readonly isAsked: boolean;
}

/** Finds the trust that has the subject of the signer. @throws Refused */
export function findIdentity(
  { trusted, isTrusted }: Authority,
  { leaf, isAsked }: Identity,
  checks: Checks,
): CertificateTrust {
  const [first = NOBODY] = trusted;
  if (!isTrusted) return first;
  const subject = formatCertificateName(leaf.subject);
  const match = trusted.find(
    ({ subjects }) => isAsked || subjects === undefined || subjects.some((wanted) => hasName(leaf, wanted)),
  );
  checks.passed("signer", `its certificates lead to "${(match ?? first).name}"`);
  if (match === undefined) {
    checks.fail("identity", "wrong-identity", `"${subject}" is not who is trusted`);
    return first;
  }
  if (!isAsked)
    checks.passed("identity", match.subjects === undefined ? "any subject is trusted" : `it is by "${subject}"`);
  return match;
}

const NOBODY: CertificateTrust = { kind: "certificates", name: "nobody", anchors: [] };

function hasName({ subject }: Certificate, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([type, value]) =>
    subject.some((attribute) => attribute.type === type && attribute.value === value),
  );
}
