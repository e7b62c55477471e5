import assert from "node:assert/strict";
import { chmod, readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { type AskNpm, NpmRegistries } from "./registries.ts";

/** An npm that has the registry of a user, and another one built in. */
const NPM: AskNpm = async (args) =>
  args.length > 3 ? "npm notice x\nhttps://built-in.example/\n" : "https://user.example/npm\n";

const MUTE: AskNpm = async () => {
  throw new Error("npm was asked");
};

suite("registries of packages", () => {
  test("by scope, by the settings, and by npm itself", async () => {
    const settings = new Map([
      ["registry", "https://r/npm"],
      ["@x:registry", "https://s/"],
    ]);
    const configured = new NpmRegistries(settings, {}, MUTE);
    assert.equal(await configured.registryOf("a"), "https://r/npm/");
    assert.equal(await configured.registryOf("@x/a"), "https://s/");
    assert.equal(await new NpmRegistries(new Map(), {}, NPM).registryOf("@y/a"), "https://user.example/npm/");
    const odd = new NpmRegistries(new Map([["registry", "file:///x"]]), {}, MUTE);
    assert.match((await assertCode(() => odd.registryOf("a"), "ERR_NPM_CONFIG")).message, /is no http address/);
  });

  test("npm is asked once, without the configuration of any project", async () => {
    await using dir = await tempDir();
    const npm = await dir.write(
      "bin/npm",
      `#!/bin/sh\necho "$PWD $*" >> ${dir.join("log")}\necho https://r.example/\n`,
    );
    await chmod(npm, 0o755);
    const registries = new NpmRegistries(new Map(), { PATH: `${dir.join("bin")}:/usr/bin:/bin` });
    assert.deepEqual(await Promise.all(["a", "b"].map((name) => registries.registryOf(name))), [
      "https://r.example/",
      "https://r.example/",
    ]);
    assert.equal(await readFile(dir.join("log"), "utf8"), "/ config get registry\n");
  });

  test("without a registry there is an error that says what to do", async () => {
    for (const answer of ["", "undefined\n"]) {
      const registries = new NpmRegistries(new Map(), {}, async () => answer);
      const { hint, message } = await assertCode(() => registries.registryOf("a"), "ERR_NPM_CONFIG");
      assert.match(message, /"a": \.npmrc names none, and npm knows none either/);
      assert.match(hint ?? "", /registry=ADDRESS/);
    }
    const { message } = await assertCode(
      () => new NpmRegistries(new Map(), { PATH: "/nowhere" }).registryOf("a"),
      "ERR_NPM_CONFIG",
    );
    assert.match(message, /cannot be asked: there is no such program/);
  });

  type Row = readonly [
    url: string | undefined,
    settings: readonly (readonly [string, string])[],
    expected: readonly string[],
    isUrlHint?: boolean,
  ];
  const USER = "https://user.example/npm/@x/a/-/a-1.0.0.tgz";
  const BUILT_IN = "https://built-in.example/@x/a/-/a-1.0.0.tgz";
  const OTHER = "https://other/@x/a/-/a-1.0.0.tgz";
  const rows: readonly Row[] = [
    [undefined, [], [USER]],
    [BUILT_IN, [], [USER]],
    [BUILT_IN, [["registry", "https://r/npm/"]], ["https://r/npm/@x/a/-/a-1.0.0.tgz"]],
    [OTHER, [], [OTHER]],
    [OTHER, [], [USER, OTHER], true],
    [BUILT_IN, [["replace-registry-host", "never"]], [BUILT_IN], true],
    [OTHER, [["replace-registry-host", "always"]], [USER]],
    [OTHER, [["replace-registry-host", "other"]], [USER]],
    ["https://built-in.example/a.tgz", [], ["https://built-in.example/a.tgz"]],
  ];
  for (const [url, settings, expected, isUrlHint = false] of rows) {
    test(`an archive at ${url ?? "its usual place"} with ${settings.join(" ") || "no settings"} is got from ${expected.join(" or ")}`, async () => {
      const pkg = { name: "@x/a", version: "1.0.0", isUrlHint, ...(url === undefined ? {} : { url }) };
      assert.deepEqual(await new NpmRegistries(new Map(settings), {}, NPM).archiveUrls(pkg), expected);
    });
  }
});
