import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { PUBLIC_GOOD_ROOT, PUBLIC_GOOD_SERVICES } from "./public-good.ts";
import { parseSigningConfig } from "./signing-config.ts";
import { parseTrustedRoot } from "./trusted-root.ts";

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("the public instance is the one whose digests its repository signs", () => {
  assert.equal(sha256(PUBLIC_GOOD_ROOT), "6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66");
  assert.equal(sha256(PUBLIC_GOOD_SERVICES), "9711a6d5375706957a4859af31c5866a4474f81f0544f9f4b76c9c4f4c8a539c");
});

test("it can be verified against, and signed with", () => {
  const { tlogs, certificateAuthorities, ctlogs, timestampAuthorities } = parseTrustedRoot(PUBLIC_GOOD_ROOT);
  assert.deepEqual(
    [tlogs, certificateAuthorities, ctlogs, timestampAuthorities].map(({ length }) => length),
    [2, 2, 2, 1],
  );
  assert.deepEqual(parseSigningConfig(PUBLIC_GOOD_SERVICES, Date.UTC(2026, 8, 1)), {
    fulcio: { url: "https://fulcio.sigstore.dev", version: 1 },
    rekor: { url: "https://rekor.sigstore.dev", version: 1 },
    timestamps: { url: "https://timestamp.sigstore.dev/api/v1/timestamp", version: 1 },
  });
});
