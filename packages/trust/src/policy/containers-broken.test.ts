/**
 * Policies broken in every way that containers/image breaks its own to test them: each field of each object is taken away,
 * given twice, made null or of another kind, and an unknown one is added. What is not listed as allowed has to be refused.
 */
import { describe, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { parseContainersPolicy } from "./containers-policy.ts";

type Value = string | number | null | readonly Value[] | { readonly [name: string]: Value };
type Fields = { readonly [name: string]: Value };

const KEY = "YWJj";
const EXACT = { type: "matchExact" };
const FULCIO = { caPath: "/ca", oidcIssuer: "https://i", subjectEmail: "a@example.com" };
const PKI = { caRootsPath: "/r", caIntermediatesPath: "/i", subjectEmail: "a@example.com" };

/** Requirements, with the fields that may be missing. */
const REQUIREMENTS: readonly (readonly [Fields, readonly string[]])[] = [
  [{ type: "insecureAcceptAnything" }, []],
  [{ type: "reject" }, []],
  [{ type: "signedBy", keyType: "GPGKeys", keyData: KEY, signedIdentity: EXACT }, ["signedIdentity"]],
  [{ type: "signedBy", keyType: "GPGKeys", keyPath: "/k", signedIdentity: EXACT }, ["signedIdentity"]],
  [{ type: "signedBy", keyType: "GPGKeys", keyPaths: ["/1", "/2"], signedIdentity: EXACT }, ["signedIdentity"]],
  [{ type: "signedBaseLayer", baseLayerIdentity: EXACT }, []],
  [{ type: "sigstoreSigned", keyData: KEY, signedIdentity: EXACT }, ["signedIdentity"]],
  [{ type: "sigstoreSigned", keyPath: "/k", rekorPublicKeyPath: "/r" }, ["rekorPublicKeyPath"]],
  [{ type: "sigstoreSigned", keyPaths: ["/k"], rekorPublicKeyPaths: ["/r"] }, ["rekorPublicKeyPaths"]],
  [{ type: "sigstoreSigned", keyDatas: [KEY], rekorPublicKeyDatas: [KEY] }, ["rekorPublicKeyDatas"]],
  [{ type: "sigstoreSigned", keyData: KEY, rekorPublicKeyData: KEY }, ["rekorPublicKeyData"]],
  [{ type: "sigstoreSigned", fulcio: FULCIO, rekorPublicKeyPath: "/r" }, []],
  [{ type: "sigstoreSigned", pki: PKI, signedIdentity: EXACT }, ["signedIdentity"]],
];

const INSIDE: Readonly<Record<string, readonly (readonly [Fields, readonly string[]])[]>> = {
  fulcio: [
    [FULCIO, []],
    [{ caData: KEY, oidcIssuer: "https://i", subjectEmail: "a@example.com" }, []],
  ],
  pki: [
    [PKI, ["caIntermediatesPath"]],
    [
      { caRootsData: KEY, caIntermediatesData: KEY, subjectEmail: "a@b", subjectHostname: "h" },
      ["caIntermediatesData", "subjectEmail", "subjectHostname"],
    ],
  ],
  signedIdentity: [
    [EXACT, []],
    [{ type: "matchRepoDigestOrExact" }, []],
    [{ type: "matchRepository" }, []],
    [{ type: "exactReference", dockerReference: "reg.example.com/a:v1" }, []],
    [{ type: "exactRepository", dockerRepository: "reg.example.com/a" }, []],
    [{ type: "remapIdentity", prefix: "a.example", signedPrefix: "b.example/c" }, []],
  ],
};

/** A policy with an object at its place, written as text so that names can stand there twice. */
type Place = (text: string) => string;

const asDefault: Place = (text) => `{"default":[${text}]}`;
const inScope: Place = (text) => `{"default":[{"type":"reject"}],"transports":{"docker":{"a.example":[${text}]}}}`;
const within: Readonly<Record<string, Place>> = {
  fulcio: (text) => asDefault(`{"type":"sigstoreSigned","rekorPublicKeyPath":"/r","fulcio":${text}}`),
  pki: (text) => asDefault(`{"type":"sigstoreSigned","pki":${text}}`),
  signedIdentity: (text) =>
    asDefault(`{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k","signedIdentity":${text}}`),
};

function parse(text: string): void {
  parseContainersPolicy(new TextEncoder().encode(text), "policy.json");
}

function refused(text: string): void {
  assertCode(() => parse(text), "ERR_POLICY_INVALID");
}

function breakAll(fields: Fields, mayMiss: readonly string[], place: Place): void {
  const whole = JSON.stringify(fields);
  parse(place(whole));
  refused(place(whole.replace(/\}$/, ',"unexpected":1}')));
  for (const [name, value] of Object.entries(fields)) {
    const { [name]: _, ...without } = fields;
    if (!mayMiss.includes(name)) refused(place(JSON.stringify(without)));
    refused(place(whole.replace(/\}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`)));
    for (const other of othersThan(value)) refused(place(JSON.stringify({ ...fields, [name]: other })));
  }
}

function othersThan(value: Value): readonly Value[] {
  const others: readonly Value[] = [null, 1, "this is not valid base64 or a type", "", {}, [], [1], [null], [{}]];
  if (typeof value === "string") return others.filter((other) => typeof other !== "string");
  if (Array.isArray(value)) return others.filter((other) => !Array.isArray(other) || other.length > 0);
  return others;
}

describe("policy.json, broken field by field", () => {
  for (const [at, [fields, mayMiss]] of REQUIREMENTS.entries()) {
    test(`requirement ${at}: ${Object.keys(fields).join(", ")}`, () => {
      for (const place of [asDefault, inScope]) breakAll(fields, mayMiss, place);
    });
  }
  for (const [name, objects] of Object.entries(INSIDE)) {
    test(name, () => {
      for (const [fields, mayMiss] of objects) breakAll(fields, mayMiss, within[name] ?? asDefault);
    });
  }

  test("two sources of the same thing, whichever two", () => {
    const sources: Readonly<Record<string, Value>> = {
      keyPath: "/k",
      keyPaths: ["/k"],
      keyData: KEY,
      keyDatas: [KEY],
      pki: PKI,
    };
    const logs: Readonly<Record<string, Value>> = {
      rekorPublicKeyPath: "/r",
      rekorPublicKeyPaths: ["/r"],
      rekorPublicKeyData: KEY,
      rekorPublicKeyDatas: [KEY],
    };
    for (const [all, common] of [
      [sources, {}],
      [logs, { keyPath: "/k" }],
    ] as const) {
      for (const a of Object.keys(all)) {
        for (const b of Object.keys(all)) {
          const both = { type: "sigstoreSigned", ...common, [a]: all[a], [b]: all[b] };
          const text = asDefault(JSON.stringify(both));
          if (a === b) parse(text);
          else refused(text);
        }
      }
    }
  });

  test("texts that are not what they have to be", () => {
    const bad: readonly Fields[] = [
      { type: "signedBy", keyType: "GPGKeys", keyData: "this is no base64" },
      { type: "sigstoreSigned", keyData: "this is no base64" },
      { type: "sigstoreSigned", keyDatas: [KEY, "this is no base64"] },
      { type: "sigstoreSigned", keyPaths: [] },
      { type: "sigstoreSigned", keyDatas: [] },
      { type: "sigstoreSigned", keyData: KEY, rekorPublicKeyData: "this is no base64" },
      { type: "sigstoreSigned", keyData: KEY, rekorPublicKeyPaths: [] },
      { type: "sigstoreSigned", keyData: KEY, rekorPublicKeyDatas: [] },
      { type: "this is no type" },
      { type: "signedBy", keyType: "this is no type", keyPath: "/k" },
    ];
    for (const fields of bad) refused(asDefault(JSON.stringify(fields)));
    const identities: readonly Fields[] = [
      { type: "exactReference", dockerReference: "UPPER" },
      { type: "exactReference", dockerReference: "reg.example.com/a" },
      { type: "exactRepository", dockerRepository: "UPPER" },
      { type: "remapIdentity", prefix: "this is no host", signedPrefix: "b.example" },
      { type: "remapIdentity", prefix: "a.example", signedPrefix: "this is no host" },
    ];
    for (const fields of identities) refused(within["signedIdentity"]?.(JSON.stringify(fields)) ?? "");
  });

  test("what may begin a name to be remapped", () => {
    const policy = (prefix: string): string =>
      within["signedIdentity"]?.(JSON.stringify({ type: "remapIdentity", prefix, signedPrefix: "b.example" })) ?? "";
    const long = "example.com:80/ns1/ns2/ns3/repo.with.dots-dashes_underscores";
    const good = ["localhost", "example.com", "example.com:80", "example.com/repo", long, "shortname", "ns/shortname"];
    const digest = `sha256:${"01".repeat(32)}`;
    const parts = ["", "/", "/UPPER", "/repo/", "/repo:tag", `/repo@${digest}`, `/repo:tag@${digest}`, "/a//b"];
    const bad = [
      "",
      " ",
      "/repo",
      "a b",
      "repo_with_underscores",
      "*.x",
      ...parts.slice(1).map((part) => `x.example${part}`),
    ];
    for (const prefix of good) parse(policy(prefix));
    for (const prefix of bad) refused(policy(prefix));
  });

  test("a file that is no policy", () => {
    for (const text of ["", "&", "1", "null", "[]", '{"default":1}', '{"default":{}}', '{"default":[]}', "{}"])
      refused(text);
    const REJECT = '[{"type":"reject"}]';
    for (const transports of [
      "1",
      "[]",
      '{"docker":1}',
      '{"docker":[]}',
      '{"docker":{"a":1}}',
      '{"docker":{"":{}}}',
      '{"docker":{"":[]}}',
      '{"dir":{"a/b":[{"type":"reject"}]}}',
    ])
      refused(`{"default":${REJECT},"transports":${transports}}`);
    for (const transports of ["{}", '{"docker":{}}', `{"unknown":{"any":${REJECT}}}`, `{"atomic":{"a":${REJECT}}}`])
      parse(`{"default":${REJECT},"transports":${transports}}`);
  });
});
