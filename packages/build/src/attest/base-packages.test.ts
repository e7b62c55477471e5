import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { type Image, openImage } from "@teu/content/mutate/image";
import { nameBytes } from "@teu/content/overlay";
import { packArtifact } from "@teu/content/pack";
import { parsePlatform } from "@teu/spec/platform";
import { tinyBase } from "../testing/tiny-base.ts";
import { readBasePackages } from "./base-packages.ts";
import { spdxDocument } from "./spdx.ts";

const SPDX = "application/spdx+json";
const PLATFORM = parsePlatform("linux/amd64", { os: "linux", architecture: "amd64" });

/** A base in a store, with the texts attached to it as documents of SPDX. */
async function baseWith(...texts: readonly string[]): Promise<Image> {
  const { origin } = await tinyBase(PLATFORM);
  const store = new MemoryStore();
  await copy(origin.store, store, origin.descriptor);
  for (const text of texts) {
    const contents = [nameBytes(new TextEncoder().encode(text), { mediaType: SPDX })];
    const artifact = packArtifact({ artifactType: SPDX, contents, subject: origin.descriptor });
    await copy(artifact.store, store, artifact.root);
  }
  return await openImage({ root: origin.descriptor, store });
}

suite("what is known of a base", () => {
  test("is what its document lists, without the base itself and names within that document", async () => {
    const inside = { name: "libc6", version: "2.36", type: "deb" };
    const document = spdxDocument({
      digest: `sha256:${"0".repeat(64)}`,
      name: "base",
      version: "",
      components: [inside],
      created: "2026-01-01T00:00:00Z",
    });
    const [only, ...more] = await readBasePackages(await baseWith(JSON.stringify(document)));
    assert.deepEqual([only?.name, only?.["versionInfo"], "SPDXID" in (only ?? {}), more], ["libc6", "2.36", false, []]);
  });

  test("stands below the base in the document of an image upon it", async () => {
    const digest = `sha256:${"1".repeat(64)}`;
    const packages = [{ name: "libc6", versionInfo: "2.36" }];
    const document = spdxDocument({
      digest,
      name: "app",
      version: "1",
      components: [],
      created: "2026-01-01T00:00:00Z",
      base: { digest, packages },
    }) as { readonly packages: readonly { readonly SPDXID: string }[]; readonly relationships: readonly object[] };
    assert.deepEqual(
      document.packages.map(({ SPDXID }) => SPDXID),
      ["SPDXRef-image", "SPDXRef-base", "SPDXRef-base-1"],
    );
    const contains = { relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-base-1" };
    assert.deepEqual(document.relationships.at(-1), { spdxElementId: "SPDXRef-base", ...contains });
  });

  test("is nothing where there is no document, or none that can be read", async () => {
    assert.deepEqual(await readBasePackages(await baseWith()), []);
    for (const text of ["", "{", "[]", "{}", '{"packages":{}}', '{"packages":[{"SPDXID":1}]}', '{"packages":[1]}'])
      assert.deepEqual(await readBasePackages(await baseWith(text)), [], text);
  });
});
