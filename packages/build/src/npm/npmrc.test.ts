import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { authorizationFor, parseNpmrc, readNpmSettings } from "./npmrc.ts";

suite("npm's configuration", () => {
  test("lines, quotes, comments and variables", () => {
    const source =
      '; no\n# no\nregistry = "https://r/x"\n//h/:_authToken=${TOKEN}\n//i/:_authToken=${NONE?}x\nlist[]=a\n\nkept=${NONE}\n';
    assert.deepEqual(
      [...parseNpmrc(source, { TOKEN: "t" })],
      [
        ["registry", "https://r/x"],
        ["//h/:_authToken", "t"],
        ["//i/:_authToken", "x"],
        ["kept", "${NONE}"],
      ],
    );
  });

  test("the environment comes before the application, that before the user, that before all users", async () => {
    await using dir = await tempDir();
    await dir.write("app/.npmrc", "b=app\nc=app\nd=app\n");
    await dir.write("home/.npmrc", "a=user\nb=user\n");
    await dir.write("all", "a=all\nz=all\n");
    const env = {
      HOME: dir.join("home"),
      npm_config_globalconfig: dir.join("all"),
      npm_config_d: "env",
      NPM_CONFIG_STRICT_SSL: "false",
    };
    const settings = readNpmSettings({ folder: dir.join("app"), env });
    const picked = ["a", "b", "c", "d", "z", "strict-ssl"].map((name) => settings.get(name));
    assert.deepEqual(picked, ["user", "app", "app", "env", "all", "false"]);
  });

  test("credentials go to their own address and those below only", () => {
    const settings = new Map([
      ["//h/npm/:_authToken", "t"],
      ["//b/:_auth", "eDp5"],
      ["//p:8080/:username", "u"],
      ["//p:8080/:_password", Buffer.from("pw").toString("base64")],
    ]);
    const found = [
      "https://h/npm/a/-/a.tgz",
      "https://h/other/a.tgz",
      "https://h.evil/npm/",
      "http://b/a",
      "http://p:8080/a",
      "http://p/a",
    ].map((url) => authorizationFor(url, settings));
    assert.deepEqual(found, [
      "Bearer t",
      undefined,
      undefined,
      "Basic eDp5",
      `Basic ${Buffer.from("u:pw").toString("base64")}`,
      undefined,
    ]);
  });
});
