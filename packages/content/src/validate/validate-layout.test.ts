import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { validateLayout } from "./validate-layout.ts";

const EMPTY = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

async function layout(changes: Readonly<Record<string, string>> = {}): Promise<TempDir> {
  const dir = await tempDir();
  const entry = { mediaType: "application/vnd.oci.empty.v1+json", digest: `sha256:${EMPTY}`, size: 2 };
  const files = {
    "oci-layout": '{"imageLayoutVersion":"1.0.0"}',
    "index.json": JSON.stringify({ schemaVersion: 2, manifests: [entry, entry] }),
    [`blobs/sha256/${EMPTY}`]: "{}",
    ...changes,
  };
  for (const [name, text] of Object.entries(files)) await dir.write(name, text);
  return dir;
}

async function clauses(dir: TempDir): Promise<string[]> {
  const seen = await Array.fromAsync(validateLayout(dir.path));
  return seen.flatMap(({ findings }) =>
    findings.filter(({ level }) => level === "MUST").map(({ clause, message }) => clause ?? message),
  );
}

suite("validateLayout()", () => {
  test("looks at the files of the layout, then at what its index names, each once", async () => {
    await using dir = await layout();
    const seen = await Array.fromAsync(validateLayout(dir.path));
    assert.deepEqual(
      seen.map(({ where }) => where),
      [dir.path, "oci-layout", "index.json", `sha256:${EMPTY}`],
    );
    assert.deepEqual(await clauses(dir), []);
  });

  test("reports a wrong version, names that are no digests, and content of another digest", async () => {
    await using dir = await layout({
      "oci-layout": '{"imageLayoutVersion":"9"}',
      "blobs/sha256/nonsense": "",
      [`blobs/sha256/${EMPTY}`]: "[]",
    });
    const found = await clauses(dir);
    assert.ok(found.includes("image.layout.file.version"), found.join());
    assert.ok(found.includes("image.descriptor.digest.verify"), found.join());
    assert.ok(
      found.some((clause) => clause.startsWith("image.layout.blobs")),
      found.join(),
    );
  });

  test("reports an index that is no JSON or breaks a clause, and does not follow it", async () => {
    for (const text of ["{", "[]", '{"schemaVersion":2,"manifests":[{"digest":"x"}]}']) {
      await using dir = await layout({ "index.json": text });
      assert.notDeepEqual(await clauses(dir), [], text);
    }
  });

  test("says that there is no layout", async () => {
    await using dir = await tempDir();
    await assertCode(() => Array.fromAsync(validateLayout(dir.path)), "ERR_LAYOUT_MISSING");
  });
});
