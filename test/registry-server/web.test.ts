/**
 * The pages of the registry in Chromium: shown light and dark, wide and narrow, walked through with the keyboard alone.
 * TEU_PICTURES names a folder that gets pictures of them.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { serveRegistry } from "@teu/registry-server/serve";
import { type Fixture, memoryRegistry, pushBlob, pushImage, pushManifest } from "@teu/registry-server/testing/fixture";
import { needsProgram } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";
import { type Tab, openTab } from "./browser.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

async function fill({ ask }: Fixture): Promise<void> {
  const config = JSON.stringify({
    created: "2026-01-31T12:00:00Z",
    os: "linux",
    architecture: "amd64",
    config: {
      Entrypoint: ["/bin/app", "--serve"],
      Env: ["PATH=/bin", "MODE=fast"],
      Labels: { "org.example.team": "harbour" },
      ExposedPorts: { "8080/tcp": {} },
    },
    rootfs: { type: "layers", diff_ids: [] },
    history: [{ created_by: "COPY app /bin/app" }, { created_by: 'ENTRYPOINT ["/bin/app"]', empty_layer: true }],
  });
  const layer = "bytes of a layer ".repeat(5000);
  const [configDigest, layerDigest] = [await pushBlob(ask, "team/app", config), await pushBlob(ask, "team/app", layer)];
  const image = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: configDigest, size: config.length },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: layerDigest, size: layer.length }],
  });
  await pushManifest(ask, "team/app/manifests/v1-amd64", image);
  const digest = (await ask("GET /v2/team/app/manifests/v1-amd64")).headers.get("docker-content-digest") ?? "";
  const manifests = ["amd64", "arm64"].map((architecture) => ({
    mediaType: MANIFEST,
    digest,
    size: image.length,
    platform: { os: "linux", architecture },
  }));
  await pushManifest(
    ask,
    "team/app/manifests/v1",
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }),
    INDEX,
  );
  const subject = { mediaType: MANIFEST, digest, size: image.length };
  const signed = await pushImage(ask, "team/app", {
    tag: "signature",
    seed: "s",
    more: { subject, artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json" },
  });
  await pushImage(ask, "team/app", {
    tag: "sbom",
    seed: "b",
    more: {
      subject,
      artifactType: "application/spdx+json",
      annotations: { "org.opencontainers.image.created": "2026-01-31T12:00:00Z" },
    },
  });
  await pushImage(ask, "team/app", {
    tag: "attested",
    seed: "a",
    more: { subject: { ...subject, digest: signed }, artifactType: "application/vnd.in-toto+json" },
  });
  for (const name of ["library/debian", "library/nginx", "team/worker", "tools/ci"])
    await pushImage(ask, name, { seed: name });
}

async function keep(tab: Tab, name: string): Promise<void> {
  const folder = process.env["TEU_PICTURES"];
  if (folder !== undefined) await writeFile(join(folder, `${name}.png`), await tab.picture());
}

suite("pages in Chromium", { skip: needsProgram("chromium") }, () => {
  test("are walked through with the keyboard, deleted from and restored to, and break nothing", async () => {
    await using dir = await tempDir();
    await using fixture = memoryRegistry();
    await fill(fixture);
    await using server = await serveRegistry({ registry: fixture.registry, port: 0, web: true });
    await using tab = await openTab(dir);
    await tab.look("light", 1200);
    await tab.open(`${server.url}/`);
    await keep(tab, "repositories");
    assert.equal(await tab.read("document.querySelectorAll('tbody tr').length"), 5);
    await tab.press("Tab");
    assert.equal(await tab.read("document.activeElement.textContent"), "Skip to content");
    for (const _ of ["home", "search"]) await tab.press("Tab");
    await tab.type("eam/a");
    const found = tab.loaded();
    await tab.press("Enter");
    await found;
    assert.equal(await tab.read("document.querySelector('tbody').innerText.trim()"), "team/app");
    await tab.open(`${server.url}/ui/repo?name=team/app`);
    await keep(tab, "tags");
    await tab.open(`${server.url}/ui/manifest?name=team/app&ref=v1`);
    await keep(tab, "index");
    assert.match(String(await tab.read("document.body.innerText")), /linux\/arm64/);
    await tab.look("dark", 1200);
    await tab.open(`${server.url}/ui/manifest?name=team/app&ref=v1-amd64`);
    await keep(tab, "image-dark");
    const text = String(await tab.read("document.body.innerText"));
    for (const part of ["COPY app /bin/app", "harbour", "SBOM", "attestation", "8080/tcp"])
      assert.ok(text.includes(part), part);
    assert.equal(await tab.read("getComputedStyle(document.body).backgroundColor"), "rgb(13, 17, 23)");
    await tab.look("dark", 400);
    await keep(tab, "image-narrow");
    assert.equal(await tab.read("document.documentElement.scrollWidth <= 400"), true);
    const gone = tab.loaded();
    await tab.read(
      "document.querySelector('details.delete').open = true; document.querySelector('details.delete button').click()",
    );
    await gone;
    assert.equal(await tab.read("location.pathname"), "/ui/history");
    await tab.look("light", 1200);
    await keep(tab, "history");
    const back = tab.loaded();
    await tab.read("document.querySelector('button[aria-label=\"Restore v1-amd64\"]').click()");
    await back;
    assert.equal((await fixture.ask("GET /v2/team/app/manifests/v1-amd64")).status, 200);
    assert.deepEqual(
      tab.complaints.filter((line) => !line.includes("favicon")),
      [],
    );
  });
});
