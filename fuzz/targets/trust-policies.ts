/** Policies: whatever is read is a policy, and anything else is refused with the room's own error. */
import assert from "node:assert/strict";
import { parseReference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import { JsonError, parseJson } from "@teu/std/json";
import { chooseScope } from "@teu/trust/policy/containers-scope";
import { parseContainersPolicy } from "@teu/trust/policy/containers-policy";
import { chooseStatement, parseNotationPolicy } from "@teu/trust/policy/notation-policy";
import { readTeuPolicy } from "@teu/trust/policy/teu-policy";
import type { FuzzTarget } from "../target.ts";

const NAME = parseReference("reg.example.com/team/app:v1");

export const target: FuzzTarget = {
  name: "trust-policies",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const policy = accepted(() => parseContainersPolicy(input, "f"));
    if (policy !== undefined)
      assert.ok(chooseScope(policy, { transport: "docker", name: NAME }).requirements.length > 0);
    const statements = accepted(() => parseNotationPolicy(input, "f"));
    if (statements !== undefined) chooseStatement(statements, NAME);
    accepted(() => readTeuPolicy(parseJson(new TextDecoder().decode(input)), "f"));
  },
};

function accepted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonError || isTeuError(error, "ERR_POLICY_INVALID")) return undefined;
    throw error;
  }
}

const SEEDS = [
  '{"default":[{"type":"reject"}],"transports":{"docker":{"reg.example.com":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k","signedIdentity":{"type":"remapIdentity","prefix":"a.example","signedPrefix":"b.example/c"}}]},"oci":{"/a/b":[{"type":"insecureAcceptAnything"}]}}}',
  '{"default":[{"type":"sigstoreSigned","fulcio":{"caData":"AA==","oidcIssuer":"i","subjectEmail":"e"},"rekorPublicKeyDatas":["AA=="]}]}',
  '{"version":"1.0","trustPolicies":[{"name":"a","registryScopes":["*"],"signatureVerification":{"level":"strict","override":{"revocation":"skip"}},"trustStores":["ca:x","tsa:y"],"trustedIdentities":["x509.subject:C=US,ST=WA,O=a\\\\, b"]}]}',
  '{"version":1,"trust":{"a":{"key":"a.pub"},"b":{"ca":["c.pem"],"subjects":["C=CH,ST=ZH,O=x"]}},"rules":[{"name":"r","images":["reg.example.com/**:v*"],"require":[{"signed":{"by":["a","b"],"count":2}},{"attested":{"type":"spdx","by":["a"],"where":[{"path":"a.*.b","youngerThan":"30d"}]}},{"fresh":{"by":["a"],"at":"pull"}},{"notation":true}]}],"default":"reject","revoked":{"images":["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],"signers":["x"]}}',
];
