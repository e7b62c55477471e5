/**
 * Verifies one image many times from memory:
 *   node bench/trust/verify-many.ts COUNT
 * @module
 */
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { generateKey, publicKeyOf } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { signImage } from "@teu/trust/sign/sign-image";
import { verifyImage } from "@teu/trust/verify/verify-image";
import { realImage } from "../../test/content/peers.ts";

const { root, store: from } = realImage("many");
const store = new MemoryStore();
await copy(from, store, root);
const key = await generateKey();
await signImage({ store }, root, { signer: keySigner(key), name: "registry.example.com/many:v1" });
const trust = [{ kind: "key", name: "signer", key: publicKeyOf(key) }] as const;
for (let left = Number(process.argv[2]); left > 0; left -= 1) {
  const { accepted, problem } = await verifyImage(store, root, { trust });
  if (!accepted) throw new Error(problem);
}
