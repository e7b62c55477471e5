import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { formatReference, parseReference } from "@teu/spec/reference";
import { assertCode } from "@teu/testing/assert-code";
import { parseHostsToml } from "./hosts-toml.ts";
import { type PlaceConfig, placesFor } from "./places.ts";
import { NO_REGISTRIES_CONF, type RegistriesConf, joinRegistriesConf, parseRegistriesConf } from "./registries-conf.ts";
import { candidatesFor } from "./short-names.ts";

const CONF = `
unqualified-search-registries = ["quay.io", "docker.io"]
short-name-mode = "enforcing"
[aliases]
debian = "docker.io/library/debian"
"team/tool" = "ghcr.io/team/tool"
[[registry]]
prefix = "docker.io"
location = "registry-1.docker.io"
[[registry.mirror]]
location = "mirror.example.com/hub"
[[registry.mirror]]
location = "plain.example.com:5000"
insecure = true
[[registry.mirror]]
location = "digests.example.com"
pull-from-mirror = "digest-only"
[[registry]]
prefix = "*.evil.example"
blocked = true
[[registry]]
prefix = "example.com/old"
location = "example.net/new/place"
insecure = true
`;

function conf(text: string = CONF): RegistriesConf {
  return joinRegistriesConf([parseRegistriesConf(new TextEncoder().encode(text), "/etc/registries.conf")]);
}

function places(name: string, config: Partial<PlaceConfig> = {}): string[] {
  const found = placesFor(parseReference(name), { registries: conf(), hosts: () => undefined, ...config });
  return found.map(({ host, path, uses, insecure, isMirror }) => {
    const flags = [
      isMirror ? "mirror" : "",
      uses.tags ? "tags" : "",
      uses.digests ? "digests" : "",
      insecure ? "insecure" : "",
    ];
    return `${host} ${path} ${flags.filter(Boolean).join(",")}`;
  });
}

suite("registries.conf", () => {
  test("mirrors come first; only digests from those that nothing vouches for", () => {
    assert.deepEqual(places("docker.io/library/debian"), [
      "mirror.example.com hub/library/debian mirror,tags,digests",
      "plain.example.com:5000 library/debian mirror,digests,insecure",
      "digests.example.com library/debian mirror,digests",
      "registry-1.docker.io library/debian tags,digests",
    ]);
  });

  test("the longest prefix moves a name", () => {
    assert.deepEqual(places("example.com/old/app"), ["example.net new/place/app tags,digests,insecure"]);
    assert.deepEqual(places("example.com/older"), ["example.com older tags,digests"]);
  });

  test("blocked registries are left alone", async () => {
    assertCode(() => places("sub.evil.example/app"), "ERR_REGISTRY_BLOCKED");
    assert.deepEqual(places("evil.example/app"), ["evil.example app tags,digests"]);
  });

  test("a prefix may have a tag or digest, and is no part of a port", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const registries = conf(`
[[registry]]
prefix = "example.com/app:old"
blocked = true
[[registry]]
prefix = "example.com/app@${digest}"
location = "archive.example/app@${digest}"
[[registry]]
prefix = "example.com"
location = "example.net"
[[registry]]
prefix = "*.example.org"
blocked = true
`);
    assertCode(() => places("example.com/app:old", { registries }), "ERR_REGISTRY_BLOCKED");
    assertCode(() => places("sub.example.org:5000/app", { registries }), "ERR_REGISTRY_BLOCKED");
    assert.deepEqual(places("example.com/app:older", { registries }), ["example.net app tags,digests"]);
    assert.deepEqual(places(`example.com/app@${digest}`, { registries }), ["archive.example app tags,digests"]);
    assert.deepEqual(places("example.com:5000/app", { registries }), ["example.com:5000 app tags,digests"]);
    assert.deepEqual(places("example.org/app", { registries }), ["example.org app tags,digests"]);
  });

  test("wrong files are refused with their place", () => {
    const wrong = [
      ["[[registry]]\n", /registry\[0\]/],
      ['[[registry]]\nlocation = "https://x.io"\n', /expected a host without scheme/],
      ['[[registry]]\nlocation = "x.io"\nblocked = "yes"\n', /blocked/],
      ['short-name-mode = "maybe"\n', /short-name-mode/],
      ['[registries.search]\nregistries = ["a"]\n', /old form/],
      ['[[registry]]\nprefix = "a.io/x:1"\nlocation = "b.io/x:2"\n', /expected the tag or digest of the prefix, ":1"/],
      ['[[registry]]\nprefix = "a.io/x:"\n', /expected a host without scheme/],
      ["= = =", /Reading "\/etc\/registries\.conf"/],
      ['__proto__ = "x"', /registries\.conf/],
    ] as const;
    for (const [text, message] of wrong)
      assert.match(assertCode(() => conf(text), "ERR_REGISTRY_CONFIG").message, message);
  });
});

suite("short names", () => {
  const names = (text: string, registries = conf()): string[] =>
    candidatesFor(text, registries).references.map(formatReference);

  test("mean their alias, or any of the hosts to search", () => {
    assert.deepEqual(names("debian:12"), ["docker.io/library/debian:12"]);
    assert.deepEqual(names("team/tool"), ["ghcr.io/team/tool"]);
    assert.deepEqual(names("fedora:41"), ["quay.io/fedora:41", "docker.io/library/fedora:41"]);
    assert.equal(candidatesFor("fedora", conf()).ambiguous, true);
    assert.deepEqual(names("ghcr.io/a/b:1"), ["ghcr.io/a/b:1"]);
  });

  test("mean what Docker takes them for where nothing is configured", () => {
    assert.deepEqual(names("fedora", NO_REGISTRIES_CONF), ["docker.io/library/fedora"]);
  });

  test("an alias that is no full name is refused", () => {
    assertCode(() => candidatesFor("x", { ...NO_REGISTRIES_CONF, aliases: new Map([["x", "y"]]) }), "ERR_SHORT_NAME");
  });
});

suite("hosts.toml", () => {
  const parse = (text: string): ReturnType<typeof parseHostsToml> =>
    parseHostsToml(new TextEncoder().encode(text), "/etc/hosts.toml", "docker.io");

  test("lists hosts in order, the registry itself last", () => {
    const rules = parse(`
server = "https://registry-1.docker.io"
[host."https://mirror.example.com/v2/hub"]
capabilities = ["pull"]
override_path = true
[host."http://peer:30020"]
capabilities = ["pull", "resolve"]
skip_verify = true
[host."http://peer:30020".header]
X-Peer = ["a", "b"]
`);
    assert.deepEqual(
      rules.map(({ base, skipVerify, headers }) => [base.href, skipVerify, headers]),
      [
        ["https://mirror.example.com/v2/hub", false, {}],
        ["http://peer:30020/v2", true, { "x-peer": "a, b" }],
        ["https://registry-1.docker.io/v2", false, {}],
      ],
    );
    assert.deepEqual(places("docker.io/library/debian", { registries: NO_REGISTRIES_CONF, hosts: () => rules }), [
      "mirror.example.com library/debian mirror,digests",
      "peer:30020 library/debian mirror,tags,digests,insecure",
      "docker.io library/debian tags,digests",
    ]);
  });

  test("a mirror without good TLS is asked for digests only, unless its capabilities are spelled out", () => {
    const hosts = (text: string): string[] =>
      places("docker.io/library/debian", { registries: NO_REGISTRIES_CONF, hosts: () => parse(text) });
    const [plain, unverified, local, good, origin] = hosts(`
server = "http://registry.example"
[host."http://plain.example"]
[host."https://unverified.example"]
skip_verify = true
[host."http://127.0.0.1:5000"]
[host."https://good.example"]
`);
    assert.equal(plain, "plain.example library/debian mirror,digests");
    assert.equal(unverified, "unverified.example library/debian mirror,digests,insecure");
    assert.equal(local, "127.0.0.1:5000 library/debian mirror,tags,digests");
    assert.equal(good, "good.example library/debian mirror,tags,digests");
    assert.equal(origin, "docker.io library/debian tags,digests");
  });

  test("refuses what it does not understand", () => {
    for (const text of ['[host."ftp://x"]\ncapabilities=["fly"]', 'server = "https://me:pw@x/"', "ca = 7"]) {
      assertCode(() => parse(text), "ERR_REGISTRY_CONFIG");
    }
  });
});
