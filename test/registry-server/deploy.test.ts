/**
 * What `deploy/` has for the registry says what systemd, the registry's configuration and its commands take.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { parseConfig } from "@teu/registry-server/config/config";
import { withEnvironment } from "@teu/registry-server/config/environment";
import { dataOptionsOf } from "@teu/registry-server/config/places";
import { parseYaml } from "@teu/registry-server/config/yaml-document";
import type { Json } from "@teu/std/json";
import { needsProgram } from "@teu/testing/skip";

const DEPLOY = join(import.meta.dirname, "../../deploy");

async function manifest(kind: string): Promise<Json> {
  const text = await readFile(join(DEPLOY, "registry-kubernetes.yaml"), "utf8");
  const documents = text.split(/^---$/m).map((part) => parseYaml(part).json);
  const found = documents.find((json) => json.get("kind").string() === kind);
  assert.ok(found !== undefined, kind);
  return found;
}

function textsOf(json: Json): Record<string, string> {
  return Object.fromEntries(Array.from(json.fields, ([name, value]) => [name, value.string()]));
}

suite("deploy", () => {
  test("the unit holds before systemd", { skip: needsProgram("systemd-analyze") }, async () => {
    const { stdout, stderr } = await promisify(execFile)(
      "systemd-analyze",
      ["verify", join(DEPLOY, "teu-registry.service")],
      { timeout: 20_000 },
    );
    assert.equal(stdout + stderr, "");
  });

  test("the nodes of Kubernetes have a configuration, and every secret that they ask for", async () => {
    const secret = textsOf((await manifest("Secret")).get("stringData"));
    const { "registry.yaml": file = "" } = textsOf((await manifest("ConfigMap")).get("data"));
    const config = withEnvironment(parseConfig(file), secret);
    const options = dataOptionsOf(config, {});
    assert.deepEqual([options.s3?.bucket, options.database], ["teu", "postgres://teu:password@postgres/teu"]);
    const files = Object.keys(secret).filter((name) => !name.startsWith("TEU_"));
    assert.deepEqual(new Set(files.map((name) => `/etc/teu/secret/${name}`)), new Set([config.tokenKey, config.users]));
    const template = (await manifest("Deployment")).get("spec").get("template").get("spec");
    const [container] = template.get("containers").list();
    assert.ok(container !== undefined);
    for (const variable of container.get("env").list()) {
      const name = variable.get("name").string();
      assert.ok(name in secret, name);
      assert.equal(variable.get("valueFrom").get("secretKeyRef").get("key").string(), name);
    }
    for (const [probe, path] of [
      ["readinessProbe", "/readyz"],
      ["livenessProbe", "/healthz"],
    ] as const)
      assert.equal(container.get(probe).get("httpGet").get("path").string(), path);
  });
});
