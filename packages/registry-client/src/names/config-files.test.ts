import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type ConfigPlaces, configPlaces, readRegistriesConf } from "./config-files.ts";

const ALIASES = '# names\n[aliases]\n  # one\n  "one" = "registry.example/one"\n\n"two"="registry.example/two"\n';
const RULE = '[[registry]]\nprefix = "registry.example"\nblocked = true\n';

async function placesWith(dir: TempDir, files: Readonly<Record<string, string>>): Promise<ConfigPlaces> {
  for (const [name, text] of Object.entries(files)) await dir.write(name, text);
  return {
    ...configPlaces({}, dir.path),
    registriesConf: [dir.join("none.conf"), dir.join("registries.conf")],
    registriesConfFolders: [dir.join("more")],
    aliases: [dir.join("aliases.conf")],
  };
}

suite("readRegistriesConf", () => {
  test("joins what is there, and nothing of what is not", async () => {
    await using dir = await tempDir();
    const places = await placesWith(dir, { "registries.conf": RULE, "more/names.conf": ALIASES, "more/note.txt": "?" });
    const { aliases, registries } = readRegistriesConf(places);
    assert.deepEqual([...aliases.keys()], ["one", "two"]);
    assert.deepEqual(
      registries.map(({ prefix }) => prefix),
      ["registry.example"],
    );
    await using empty = await tempDir();
    assert.equal(readRegistriesConf(await placesWith(empty, {})).registries.length, 0);
  });

  test("leaves out files of aliases alone where no short name is asked for, and no others", async () => {
    await using dir = await tempDir();
    const places = await placesWith(dir, { "more/a.conf": ALIASES, "more/b.conf": ALIASES + RULE });
    const { aliases, registries } = readRegistriesConf(places, false);
    assert.equal(registries.length, 1);
    assert.equal(aliases.size, 2);
    const alone = await placesWith(dir, { "more/b.conf": "# nothing\n" });
    assert.equal(readRegistriesConf(alone, false).aliases.size, 0);
    assert.equal(readRegistriesConf(alone).aliases.size, 2);
  });

  for (const text of [
    '[aliases]\n"a" = "b" "c"\n',
    '"a" = "b"\n[',
    "[aliases]\na = 'b'\n[[registry]]\nlocation = 1\n",
  ]) {
    test(`takes no file for one of aliases that is another: ${JSON.stringify(text)}`, async () => {
      await using dir = await tempDir();
      const places = await placesWith(dir, { "registries.conf": text });
      assertCode(() => readRegistriesConf(places, false), "ERR_REGISTRY_CONFIG");
    });
  }
});
