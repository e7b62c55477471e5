/**
 * Judges whether a certificate is revoked by lists of revoked certificates: full ones, with the changes since.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/trust-store-trust-policy.md#crls}
 * @see {@link https://www.rfc-editor.org/rfc/rfc5280#section-6.3}
 * @module
 */
import type { Certificate } from "@teu/pki/certificate";
import { CRL_REASON, type RevocationList, type RevokedEntry, parseRevocationList } from "@teu/pki/revocation-list";
import { type TeuError, isTeuError } from "@teu/std/error";
import type { AskingPlaces } from "./ask-revocation.ts";
import { type RevocationStatus, checkFreshness, unanswered } from "./revocation-status.ts";

const FRESHEST = "2.5.29.46";

/**
 * Looks into every list that the certificate names. One that revokes it is enough; to be good, all have to be there.
 */
export async function statusByLists(
  certificate: Certificate,
  issuer: Certificate,
  asking: AskingPlaces,
): Promise<RevocationStatus> {
  const statuses: RevocationStatus[] = [];
  for (const url of asking.urls) statuses.push(await statusByList(url, { certificate, issuer }, asking));
  const worst = statuses.find(({ state }) => state === "revoked") ?? statuses.find(({ state }) => state !== "good");
  return worst ?? statuses[0] ?? { state: "unknown", note: "there is no list" };
}

interface Pair {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

async function statusByList(url: string, pair: Pair, asking: AskingPlaces): Promise<RevocationStatus> {
  try {
    const base = await fetchList(url, pair, asking);
    const delta = await fetchDelta(base.list, pair, asking);
    const entries = [base, ...(delta === undefined ? [] : [delta])].flatMap(({ list }) =>
      list.entriesOf(pair.certificate),
    );
    const state = stateBy(entries, asking.signedAtMs);
    const problem = base.problem ?? delta?.problem;
    // That a list has run out is no reason to forget what it revoked for good.
    if (problem !== undefined && !(state === "revoked" && entries.some(isFinal))) throw problem;
    return { state, note: `${url} ${state === "revoked" ? "lists it" : "does not list it"}${base.old}` };
  } catch (error) {
    if (isTeuError(error)) return { state: "unknown", note: `${url}: ${error.message}` };
    throw error;
  }
}

interface Fetched {
  readonly list: RevocationList;
  readonly old: string;
  /** Why the list does not hold now. */
  readonly problem: TeuError | undefined;
}

/** Fetches one list: signed by the issuer, and for this certificate. */
async function fetchList(url: string, { certificate, issuer }: Pair, asking: AskingPlaces): Promise<Fetched> {
  const { bytes, isKept } = await asking.ask({ kind: "crl", url, about: "" });
  const list = parseRevocationList(bytes);
  if (!list.isSignedBy(issuer)) throw unanswered("the list is not signed by the issuer");
  checkScope(list, certificate, asking.urls);
  try {
    return { list, old: checkFreshness(list, { ...asking, isKept }), problem: undefined };
  } catch (error) {
    if (isTeuError(error)) return { list, old: "", problem: error };
    throw error;
  }
}

/** An issuer may have several lists. Over plain HTTP anybody could give one in place of another. */
function checkScope({ scope }: RevocationList, { isAuthority }: Certificate, urls: readonly string[]): void {
  if (scope.only !== undefined && (scope.only === "authorities") !== isAuthority)
    throw unanswered(`the list is for ${scope.only} only`);
  if (scope.urls !== undefined && !scope.urls.some((url) => urls.includes(url)))
    throw unanswered("the list is published for other certificates");
}

async function fetchDelta(base: RevocationList, pair: Pair, asking: AskingPlaces): Promise<Fetched | undefined> {
  if (base.baseNumber !== undefined) throw unanswered("it is a list of changes, expected a full one");
  if (base.deltaUrls.length === 0) {
    if (pair.certificate.extensions.has(FRESHEST)) throw unanswered("the full list names no list of changes");
    return undefined;
  }
  const delta = await firstThere(base.deltaUrls, pair, asking);
  checkDelta(base, delta.list);
  return delta;
}

/** Places of one list of changes stand for each other. */
async function firstThere(urls: readonly string[], pair: Pair, asking: AskingPlaces): Promise<Fetched> {
  let last: unknown;
  for (const url of urls)
    try {
      return await fetchList(url, pair, asking);
    } catch (error) {
      if (!isTeuError(error)) throw error;
      last = error;
    }
  throw last;
}

function checkDelta(base: RevocationList, delta: RevocationList): void {
  if (delta.baseNumber === undefined) throw unanswered("the list of changes does not say to what");
  if (base.number === undefined || delta.number === undefined) throw unanswered("the lists have no numbers");
  if (delta.number <= base.number || delta.baseNumber > base.number)
    throw unanswered(`changes ${delta.number} since ${delta.baseNumber} do not fit list ${base.number}`);
}

function stateBy(entries: readonly RevokedEntry[], signedAtMs: number | undefined): "good" | "revoked" {
  const counted = entries.filter(
    ({ invalidSinceMs }) => signedAtMs === undefined || invalidSinceMs === undefined || signedAtMs >= invalidSinceMs,
  );
  if (counted.some(isFinal)) return "revoked";
  const last = counted.toSorted((a, b) => b.revokedAtMs - a.revokedAtMs)[0];
  return last?.reason === CRL_REASON.certificateHold ? "revoked" : "good";
}

/** A certificate on hold can be released again. */
function isFinal({ reason }: RevokedEntry): boolean {
  return reason !== CRL_REASON.certificateHold && reason !== CRL_REASON.removeFromCrl;
}
