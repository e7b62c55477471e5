import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateFingerprint } from "@teu/pki/certificate";
import { DER_TAG } from "@teu/pki/der";
import { writeDer } from "@teu/pki/der-write";
import { generateKey } from "@teu/pki/keys";
import { derExtension, makeCertificate } from "@teu/pki/testing/make-certificate";
import {
  type NewAnswer,
  type NewList,
  derNumber,
  derPoints,
  derUri,
  makeOcspResponse,
  makeRevocationList,
  revocationExtensions,
} from "@teu/pki/testing/make-revocation";
import { TeuError } from "@teu/std/error";
import type { AskRevocation, RevocationAsking } from "./ask-revocation.ts";
import { chainStatus } from "./revocation.ts";

const [rootKey, key, otherKey] = await Promise.all([generateKey(), generateKey(), generateKey()]);
const root = makeCertificate({ key: rootKey, subject: [["2.5.4.3", "root"]], isAuthority: true });
const OCSP = "http://ocsp.example/";
const CRL = "http://crl.example/a";
const DELTA = "http://crl.example/delta";
const HOUR_MS = 3_600_000;
const NOW_MS = Date.now();

function leafWith(points: Parameters<typeof revocationExtensions>[0], ...more: readonly Uint8Array[]): typeof root {
  const extensions = [...revocationExtensions(points), ...more];
  return makeCertificate({ key, subject: [["2.5.4.3", "leaf"]], issuer: root, extensions });
}

const both = leafWith({ ocsp: [OCSP], crl: [CRL] });
const byOcsp = leafWith({ ocsp: [OCSP] });
const byCrl = leafWith({ crl: [CRL] });

type Answers = Readonly<Record<string, NewAnswer | NewList | Uint8Array | undefined>>;

/** Somebody who answers what is laid down for each URL, signed by the root, and notes what was asked. */
function desk(answers: Answers, isKept = false): { readonly ask: AskRevocation; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    ask: async ({ kind, url, request = new Uint8Array(0) }) => {
      asked.push(url);
      const answer = answers[url];
      if (answer === undefined) throw new TeuError("ERR_REVOCATION_UNKNOWN", `Asking ${url}: nobody is there`);
      if (answer instanceof Uint8Array) return { bytes: answer, isKept };
      const bytes = kind === "ocsp" ? makeOcspResponse(request, root, answer) : makeRevocationList(root, answer);
      return { bytes, isKept };
    },
  };
}

async function status(leaf: typeof root, answers: Answers, more: Partial<RevocationAsking> = {}): Promise<string> {
  const chain = [leaf.certificate, root.certificate];
  const { state, note } = await chainStatus(chain, { ask: desk(answers).ask, nowMs: NOW_MS, ...more });
  return `${state}: ${note}`;
}

const old = { thisUpdateMs: NOW_MS - 3 * HOUR_MS, nextUpdateMs: NOW_MS - HOUR_MS };
const future = { thisUpdateMs: NOW_MS + HOUR_MS, nextUpdateMs: NOW_MS + 2 * HOUR_MS };
const revoked = (reason?: number): NewList => ({
  entries: [{ certificate: byCrl.certificate, ...(reason === undefined ? {} : { reason }) }],
});
const at = (id: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  derExtension(id, writeDer(DER_TAG.sequence, ...parts), true);
const scope = (...parts: readonly Uint8Array[]): NewList => ({ extensions: [at("2.5.29.28", ...parts)] });
const YES = Uint8Array.of(0xff);
const withDelta = derExtension("2.5.29.46", derPoints([DELTA]));
const delta = (number: number, base: number, more: NewList = {}): NewList => ({
  ...more,
  number,
  extensions: [derExtension("2.5.29.27", derNumber(base), true)],
});

const rows: readonly (readonly [name: string, leaf: typeof root, answers: Answers, expected: RegExp])[] = [
  ["nobody to ask", leafWith({}), {}, /^nobody to ask/],
  ["a responder says good", byOcsp, { [OCSP]: {} }, /^good: .*says good$/],
  ["a responder says revoked", byOcsp, { [OCSP]: { status: "revoked" } }, /^revoked: "CN=leaf"/],
  ["a responder does not know", byOcsp, { [OCSP]: { status: "unknown" } }, /^unknown: .*does not know it/],
  ["nobody answers", byOcsp, {}, /^unknown: .*nobody is there/],
  ["an answer that ran out", byOcsp, { [OCSP]: old }, /^unknown: .*ran out/],
  ["an answer of the future", byOcsp, { [OCSP]: future }, /^unknown: .*of the future/],
  ["an answer without end", byOcsp, { [OCSP]: { nextUpdateMs: undefined } }, /^unknown: .*until when/],
  ["no answer at all", byOcsp, { [OCSP]: Buffer.from("<html>") }, /^unknown: .*DER/],
  ["the list helps out", both, { [CRL]: {} }, /^good: .*does not list it/],
  ["the list helps out, and revokes", both, { [CRL]: { entries: [{ certificate: both.certificate }] } }, /^revoked/],
  ["the list is not needed", both, { [OCSP]: {}, [CRL]: { entries: [{ certificate: both.certificate }] } }, /^good/],
  ["neither answers", both, {}, /^unknown/],
  ["not listed", byCrl, { [CRL]: {} }, /^good/],
  ["listed", byCrl, { [CRL]: revoked() }, /^revoked: .*lists it/],
  ["listed for good in a list that ran out", byCrl, { [CRL]: { ...revoked(1), ...old } }, /^revoked/],
  ["on hold in a list that ran out", byCrl, { [CRL]: { ...revoked(6), ...old } }, /^unknown/],
  ["on hold", byCrl, { [CRL]: revoked(6) }, /^revoked/],
  ["not listed in a list that ran out", byCrl, { [CRL]: old }, /^unknown: .*ran out/],
  ["a list without end", byCrl, { [CRL]: { nextUpdateMs: undefined } }, /^unknown: .*until when/],
  [
    "a list that another signed",
    byCrl,
    {
      [CRL]: makeRevocationList(makeCertificate({ key: otherKey, subject: [["2.5.4.3", "root"]], isAuthority: true })),
    },
    /^unknown: .*not signed by the issuer/,
  ],
  ["a list of authorities", byCrl, { [CRL]: scope(writeDer(0x82, YES)) }, /^unknown: .*authorities only/],
  ["a list of users", byCrl, { [CRL]: scope(writeDer(0x81, YES)) }, /^good/],
  [
    "a list of other certificates",
    byCrl,
    { [CRL]: scope(writeDer(0xa0, writeDer(0xa0, derUri("http://crl.example/b")))) },
    /^unknown: .*published for other/,
  ],
  ["changes in place of the list", byCrl, { [CRL]: delta(2, 1) }, /^unknown: .*list of changes, expected/],
  ["changes that revoke", byCrl, { [CRL]: { extensions: [withDelta] }, [DELTA]: delta(2, 1, revoked()) }, /^revoked/],
  ["changes that do not", byCrl, { [CRL]: { extensions: [withDelta] }, [DELTA]: delta(2, 1) }, /^good/],
  [
    "changes that release",
    byCrl,
    {
      [CRL]: { entries: [{ certificate: byCrl.certificate, reason: 6, revokedAtMs: 1000 }], extensions: [withDelta] },
      [DELTA]: delta(2, 1, { entries: [{ certificate: byCrl.certificate, reason: 8, revokedAtMs: 2000 }] }),
    },
    /^good/,
  ],
  ["changes that are missing", byCrl, { [CRL]: { extensions: [withDelta] } }, /^unknown: .*nobody is there/],
  [
    "changes that are older",
    byCrl,
    { [CRL]: { extensions: [withDelta] }, [DELTA]: delta(1, 1) },
    /^unknown: .*do not fit/,
  ],
  [
    "changes of a later list",
    byCrl,
    { [CRL]: { extensions: [withDelta] }, [DELTA]: delta(9, 5) },
    /^unknown: .*do not fit/,
  ],
  ["no changes in place of changes", byCrl, { [CRL]: { extensions: [withDelta] }, [DELTA]: {} }, /^unknown: .*to what/],
  [
    "changes that only the certificate names",
    leafWith({ crl: [CRL] }, withDelta),
    { [CRL]: {} },
    /^unknown: .*names no list of changes/,
  ],
];

for (const [name, leaf, answers, expected] of rows)
  test(name, async () => assert.match(await status(leaf, answers), expected));

test("a responder after another is asked until one answers; every list has to be there", async () => {
  const two = leafWith({ ocsp: [OCSP, "http://second.example/"] });
  assert.match(await status(two, { "http://second.example/": {} }), /^good: .*second/);
  assert.match(await status(two, { [OCSP]: { status: "revoked" }, "http://second.example/": {} }), /^revoked/);
  const lists = leafWith({ crl: [CRL, "http://crl.example/b"] });
  assert.match(await status(lists, { [CRL]: {} }), /^unknown/);
  assert.match(await status(lists, { [CRL]: {}, "http://crl.example/b": {} }), /^good/);
  const second = { entries: [{ certificate: lists.certificate }] };
  assert.match(await status(lists, { "http://crl.example/b": second }), /^revoked/);
});

test("a signature from before the key was lost holds, if its time is proven", async () => {
  const lost = { status: "revoked", invalidSinceMs: NOW_MS - HOUR_MS } as const;
  const listed = { entries: [{ certificate: byCrl.certificate, invalidSinceMs: NOW_MS - HOUR_MS }] };
  for (const [leaf, answers] of [
    [byOcsp, { [OCSP]: lost }],
    [byCrl, { [CRL]: listed }],
  ] as const) {
    assert.match(await status(leaf, answers), /^revoked/);
    assert.match(await status(leaf, answers, { signedAtMs: NOW_MS - 2 * HOUR_MS }), /^good/);
    assert.match(await status(leaf, answers, { signedAtMs: NOW_MS }), /^revoked/);
  }
});

test("what was kept counts while it holds, and after that only where it may be old", async () => {
  const ask = async (answer: NewAnswer, mayBeOld: boolean): Promise<string> => {
    const before = makeOcspResponse(await requestFor(byOcsp), root, answer);
    return await status(byOcsp, {}, { ask: desk({ [OCSP]: before }, true).ask, mayBeOld });
  };
  assert.match(await ask({}, false), /^good/);
  assert.match(await ask(old, false), /^unknown: .*ran out/);
  assert.match(await ask(old, true), /^good: .*in what was kept and ran out at/);
  assert.match(await ask({ ...old, status: "revoked" }, true), /^revoked/);
});

/** A question as it was asked some other time, with a nonce of its own. */
async function requestFor(leaf: typeof root): Promise<Uint8Array> {
  let seen: Uint8Array = new Uint8Array(0);
  const ask: AskRevocation = async ({ request = seen, about }) => {
    assert.equal(about, certificateFingerprint(leaf.certificate));
    seen = request;
    throw new TeuError("ERR_REVOCATION_UNKNOWN", "Asking: not now");
  };
  await chainStatus([leaf.certificate, root.certificate], { ask, nowMs: NOW_MS });
  return seen;
}

test("an answer to another question is none", async () => {
  const replayed = makeOcspResponse(await requestFor(byOcsp), root);
  assert.match(await status(byOcsp, { [OCSP]: replayed }), /^unknown: .*another question/);
});

test("a responder whose own certificate is revoked is not believed", async () => {
  const list = "http://crl.example/responders";
  const purposes = ["1.3.6.1.5.5.7.3.9"];
  const options = { key: otherKey, subject: [["2.5.4.3", "responder"]], issuer: root, purposes } as const;
  const responder = makeCertificate({ ...options, extensions: revocationExtensions({ crl: [list] }) });
  const answer: AskRevocation = async ({ kind, request = new Uint8Array(0) }) => ({
    bytes:
      kind === "ocsp"
        ? makeOcspResponse(request, responder)
        : makeRevocationList(root, { entries: [{ certificate: responder.certificate }] }),
    isKept: false,
  });
  assert.match(await status(byOcsp, {}, { ask: answer }), /^unknown: .*certificate of the responder/);
});

test("nobody is asked where nobody may be, nor about the root", async () => {
  assert.match(await status(byOcsp, {}, { ask: undefined }), /^unknown: .*not checked/);
  const self = makeCertificate({
    key,
    subject: [["2.5.4.3", "alone"]],
    isAuthority: true,
    extensions: revocationExtensions({ ocsp: [OCSP] }),
  });
  const { ask, asked } = desk({});
  assert.equal((await chainStatus([self.certificate], { ask, nowMs: NOW_MS })).state, "nobody to ask");
  assert.deepEqual(asked, []);
});

test("the worst of a chain is what counts", async () => {
  const middle = makeCertificate({
    key: otherKey,
    subject: [["2.5.4.3", "middle"]],
    issuer: root,
    isAuthority: true,
    extensions: revocationExtensions({ crl: [CRL] }),
  });
  const leaf = makeCertificate({
    key,
    subject: [["2.5.4.3", "leaf"]],
    issuer: middle,
    extensions: revocationExtensions({ ocsp: [OCSP] }),
  });
  const list = makeRevocationList(root, { entries: [{ certificate: middle.certificate }] });
  const ask: AskRevocation = async ({ kind, request = new Uint8Array(0) }) => ({
    bytes: kind === "ocsp" ? makeOcspResponse(request, middle) : list,
    isKept: false,
  });
  const chain = [leaf.certificate, middle.certificate, root.certificate];
  const { state, note } = await chainStatus(chain, { ask, nowMs: NOW_MS });
  assert.equal(state, "revoked");
  assert.match(note, /CN=middle/);
});
