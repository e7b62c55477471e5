import assert from "node:assert/strict";
import { test } from "node:test";
import { digestBytes } from "@teu/content/hash";
import { openLayout } from "@teu/content/layout-store";
import { type NamedContent, nameBytes } from "@teu/content/overlay";
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from "@teu/spec/media-types";
import { writeTarSync } from "@teu/tar/write-tar";
import { tempDir } from "@teu/testing/temp-dir";
import { COMMANDS } from "../../commands.ts";
import type { Host } from "../../host.ts";
import { run } from "../../run.ts";

const STATUS = "Package: a\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n";
const KEY = `-----BEGIN PRIVATE KEY-----\n${"A".repeat(64)}\n-----END PRIVATE KEY-----\n`;

const LAYERS: readonly Readonly<Record<string, string>>[] = [
  { "etc/os-release": "ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": STATUS, "root/key.pem": KEY },
  { "root/.wh.key.pem": "", "app/node_modules/x/package.json": '{"name":"x","version":"1.0.0"}' },
];

function layerOf(files: Readonly<Record<string, string>>): NamedContent {
  const entries = Object.entries(files).map(([name, text]) => {
    const content = Buffer.from(text);
    return { entry: { name, size: content.length }, content };
  });
  return nameBytes(new Uint8Array(Buffer.concat([...writeTarSync(entries)])), { mediaType: OCI_LAYER });
}

function jsonOf(mediaType: string, value: object): NamedContent {
  return nameBytes(new TextEncoder().encode(JSON.stringify(value)), { mediaType });
}

async function writeImage(folder: string): Promise<Descriptor> {
  const layers = LAYERS.map(layerOf);
  const rootfs = { type: "layers", diff_ids: layers.map(({ bytes }) => digestBytes(bytes)) };
  const config = jsonOf(OCI_CONFIG, { architecture: "amd64", os: "linux", config: {}, rootfs });
  const manifest = jsonOf(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  await using store = await openLayout(folder, { create: true });
  for (const { descriptor, bytes } of [...layers, config, manifest]) await store.put(descriptor, [bytes]);
  await store.tag("v1", manifest.descriptor);
  return manifest.descriptor;
}

test("teu audit tells of packages, secrets that are hidden, and advisories", async () => {
  await using dir = await tempDir();
  const { digest } = await writeImage(dir.join("image"));
  const seen = { out: "", notes: "" };
  const host: Host = {
    out: (text) => void (seen.out += text),
    bytes: async () => {},
    note: (line) => void (seen.notes += `${line}\n`),
    env: { HOME: dir.path, TEU_ROOT: dir.join("teu") },
    cwd: dir.path,
    signal: new AbortController().signal,
  };
  const audit = async (...words: readonly string[]): Promise<number> => {
    Object.assign(seen, { out: "", notes: "" });
    return await run(["audit", "--platform", "linux/amd64", ...words, "oci:image:v1"], COMMANDS, host);
  };
  assert.equal(await audit(), 1, seen.notes);
  assert.match(seen.out, /packages: 1 deb, 1 npm, in 2 layers/);
  assert.match(seen.out, /error: a private key in root\/key\.pem, line 1, which a later layer took away/);
  assert.ok(!seen.out.includes("AAAA"));
  const affected = [
    {
      package: { ecosystem: "Debian:12", name: "a" },
      ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "1.0-2" }] }],
    },
  ];
  await dir.write("osv/Debian/1.json", JSON.stringify({ id: "CVE-1", summary: "it breaks", affected }));
  await dir.write("osv/npm/none.json", JSON.stringify({ id: "N", affected: [] }));
  await audit("--osv", "osv");
  assert.match(seen.out, /CVE-1 +a +1\.0-1 +1\.0-2 +0/);
  for (const format of ["spdx", "cyclonedx", "sarif", "json"]) {
    await audit("--format", format);
    assert.ok(JSON.stringify(JSON.parse(seen.out)).includes(format === "sarif" ? digest : "node_modules/x"), format);
  }
  assert.equal(await audit("--format", "xml"), 2);
});
