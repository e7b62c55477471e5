/**
 * Policies and signatures with something changed in them: whatever is changed, no image is accepted that should not be, and
 * nothing but the room's own errors comes out.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { MemoryStore } from "@teu/content/memory-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { formatPublicKey, generateKey } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { parseReference } from "@teu/spec/reference";
import { isTeuError } from "@teu/std/error";
import type { JsonValue } from "@teu/std/json-value";
import type { Found, Unread } from "../find/gather.ts";
import { signImage } from "../sign/sign-image.ts";
import { type Random, flipped, mutate, randomFrom } from "../testing/mutate.ts";
import { judge } from "../verify/judge.ts";
import type { Trust } from "../verify/trust.ts";
import { chooseScope } from "./containers-scope.ts";
import { parseContainersPolicy } from "./containers-policy.ts";
import { collectEvidence } from "./evidence.ts";
import { judgeByContainers } from "./judge-containers.ts";

const NAME = parseReference("reg.example.com/team/app:v1");
const SEEDS = 120;
const [key, stranger] = [await generateKey(), await generateKey()];
const signed = sampleImage("signed");
const bare = sampleImage("bare");
const store = new MemoryStore();

describe("what was changed on purpose", () => {
  let found: readonly (Found | Unread)[];

  before(async () => {
    await putAll(store, signed);
    await putAll(store, bare);
    await signImage({ store }, signed.root, { signer: keySigner(key), name: "reg.example.com/team/app:v1" });
    const evidence = await collectEvidence(store, signed.root, signed.root);
    found = evidence.subjects[0]?.found ?? [];
    assert.equal(found.length, 2);
  });

  test(`${SEEDS} policies: what can still be read never accepts an image without a good signature`, async () => {
    const requirement = {
      type: "sigstoreSigned",
      keyData: Buffer.from(formatPublicKey(stranger)).toString("base64"),
      signedIdentity: { type: "matchRepository" },
    };
    const policy = { default: [{ type: "reject" }], transports: { docker: { "reg.example.com/team": [requirement] } } };
    let read = 0;
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const text = JSON.stringify(mutate(policy, randomFrom(seed)));
      try {
        const parsed = parseContainersPolicy(new TextEncoder().encode(text), "policy.json");
        const chosen = chooseScope(parsed, { transport: "docker", name: NAME });
        const image = {
          subject: signed.root,
          name: NAME,
          found,
          nowMs: Date.now(),
          read: async () => new Uint8Array(),
        };
        const { accepted } = await judgeByContainers("policy.json", chosen, image);
        assert.equal(accepted, false, text);
        read += 1;
      } catch (error) {
        assert.ok(isTeuError(error, "ERR_POLICY_INVALID"), `${text}: ${String(error)}`);
      }
    }
    assert.ok(read > 5 && read < SEEDS - 5, `${read} were read`);
  });

  test(`${SEEDS} signatures: one that was changed counts only if what was signed is still the same`, async () => {
    const trust: readonly Trust[] = [{ kind: "key", name: "release", key }];
    let refused = 0;
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const random = randomFrom(seed);
      const original = found[seed % found.length];
      assert.ok(original !== undefined && original.form !== "unknown");
      const changed = change(original, random);
      const context = { subject: signed.root, trust, nowMs: Date.now() };
      const judgement = await judge(changed, context);
      if (judgement.refusal !== undefined) refused += 1;
      else assert.deepEqual(judgement.claims, (await judge(original, context)).claims, `seed ${seed}`);
      const other = await judge(changed, { ...context, subject: bare.root });
      assert.ok(other.refusal, `seed ${seed}: it counts for another image`);
      const nobody = await judge(changed, { ...context, trust: [{ kind: "key", name: "x", key: stranger }] });
      assert.ok(nobody.refusal, `seed ${seed}: it counts for another key`);
    }
    assert.ok(refused > SEEDS / 2, `${refused} were refused`);
  });
});

/** A bundle is changed in its structure or in a bit; a payload of simple signing in a bit, or in its annotations. */
function change(found: Found, random: Random): Found {
  if (found.form === "bundle" && random(3) > 0) {
    const json = JSON.parse(Buffer.from(found.bytes).toString()) as JsonValue;
    return { ...found, bytes: new TextEncoder().encode(JSON.stringify(mutate(json, random))) };
  }
  if (found.form === "bundle" || random(2) === 0) return { ...found, bytes: flipped(found.bytes, random) };
  const annotations = Object.entries(found.annotations);
  const at = random(annotations.length);
  return {
    ...found,
    annotations: Object.fromEntries(
      annotations.flatMap(([name, value], index): readonly (readonly [string, string])[] => {
        if (index !== at) return [[name, value]];
        return random(2) === 0 ? [] : [[name, Buffer.from(flipped(Buffer.from(value), random)).toString("latin1")]];
      }),
    ),
  };
}
