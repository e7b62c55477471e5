import assert from "node:assert/strict";
import { suite as group, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import { proxiesOf } from "./apt-get.ts";
import { authorizationFor, parseAuthConf } from "./auth-conf.ts";
import { parseDump, readAptHost } from "./host.ts";
import { parseSources } from "./sources.ts";

group("sources of packages", () => {
  test("lines, with options, comments and sources of source code", () => {
    const text =
      "# comment\ndeb [arch=amd64,arm64 signed-by=/k.gpg check-valid-until=no] http://a.test/x stable main extra # end\ndeb-src http://a.test/x stable main\n\ndeb file:/srv/repo ./\n";
    const [first, second, ...others] = parseSources(text, "sources.list");
    assert.deepEqual(others, []);
    assert.deepEqual(first, {
      uri: "http://a.test/x/",
      suite: "stable",
      components: ["main", "extra"],
      architectures: ["amd64", "arm64"],
      trust: { signedBy: ["/k.gpg"], isTrusted: false, checkValidUntil: false, checkDate: undefined },
    });
    assert.deepEqual([second?.uri, second?.suite, second?.components], ["file:/srv/repo/", "./", []]);
  });

  test("paragraphs: each address with each suite, a key as text, and what is disabled", () => {
    const key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ==\n -----END PGP PUBLIC KEY BLOCK-----";
    const text = `Types: deb deb-src\nURIs: http://a.test http://b.test\nSuites: s t\nComponents: main\nSigned-By:\n ${key}\n\nEnabled: no\nTypes: deb\nURIs: http://c.test\nSuites: s\nComponents: main\n`;
    const sources = parseSources(text, "x.sources");
    assert.deepEqual(
      sources.map(({ uri, suite }) => uri + suite),
      ["http://a.test/s", "http://a.test/t", "http://b.test/s", "http://b.test/t"],
    );
    assert.match(sources[0]?.trust.signedBy[0] ?? "", /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END/);
  });

  const WRONG: readonly (readonly [string, string])[] = [
    ["deb stable main", "a.list"],
    ["deb cdrom:/ stable main", "a.list"],
    ["deb http://a.test stable", "a.list"],
    ["deb http://a.test flat/ main", "a.list"],
    ["rpm http://a.test stable main", "a.list"],
    ["Types: deb\nURIs: http://a.test\n", "a.sources"],
    ["Types: deb\nnot a field\n", "a.sources"],
  ];
  for (const [text, file] of WRONG) {
    test(`${JSON.stringify(text)} is refused with its place`, () => {
      const error = assertCode(() => parseSources(text, file), "ERR_APT_SOURCES");
      assert.match(error.message, /^Reading sources of packages "a\.(list|sources)": (line|paragraph) \d/);
    });
  }

  test("a folder as apt has it", async () => {
    await using folder = await tempDir();
    await folder.write("sources.list", "deb http://a.test s main\n");
    await folder.write("sources.list.d/b.sources", "Types: deb\nURIs: http://b.test\nSuites: s\nComponents: main\n");
    await folder.write("sources.list.d/off.list.disabled", "nonsense");
    await folder.write("trusted.gpg.d/key.asc", "");
    await folder.write("auth.conf.d/a.conf", "machine a.test login me password secret\n");
    const host = await readAptHost({
      folder: folder.path,
      dump: 'Acquire::http::Proxy "http://p.test:3142";\nA::B:: "1";\nA::B:: "2";\n',
    });
    assert.deepEqual(
      host.sources.map(({ uri }) => uri),
      ["http://a.test/", "http://b.test/"],
    );
    assert.deepEqual(host.keyrings, [folder.join("trusted.gpg.d/key.asc")]);
    assert.equal(host.settings.get("a::b"), "2");
    assert.deepEqual(proxiesOf(host.settings, {}), {
      http_proxy: "http://p.test:3142",
      https_proxy: "http://p.test:3142",
    });
  });

  test("proxies of the environment, and hosts without", () => {
    const settings = parseDump('Acquire::http::Proxy::local.test "DIRECT";\n');
    const env = { http_proxy: "http://e.test", no_proxy: "x.test" };
    assert.deepEqual(proxiesOf(settings, env), { http_proxy: "http://e.test", no_proxy: "x.test,local.test" });
    assert.deepEqual(proxiesOf(parseDump('Acquire::http::Proxy "DIRECT";\n'), env), { no_proxy: "x.test" });
  });

  test("credentials go where they are for, and not without TLS unless they say so", () => {
    const lines = parseAuthConf(
      "# c\nmachine a.test/debian login u password p\nmachine http://b.test:8080 login v\n password w\n",
    );
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    assert.equal(authorizationFor(new URL("https://a.test/debian/x"), lines), basic("u:p"));
    assert.equal(authorizationFor(new URL("https://a.test/debianx"), lines), undefined);
    assert.equal(authorizationFor(new URL("http://a.test/debian/x"), lines), undefined);
    assert.equal(authorizationFor(new URL("http://b.test:8080/"), lines), basic("v:w"));
    assert.equal(authorizationFor(new URL("http://b.test/"), lines), undefined);
  });
});
