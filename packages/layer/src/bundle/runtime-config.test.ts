import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseConfig } from "@teu/spec/runtime/config";
import type { ImageConfig } from "@teu/spec/image/config";
import { runtimeConfigOf } from "./runtime-config.ts";

const IMAGE: ImageConfig = {
  created: "2026-01-02T03:04:05Z",
  author: "Ana",
  architecture: "arm",
  variant: "v7",
  os: "linux",
  "os.version": "6.1",
  "os.features": ["one", "two"],
  rootfs: { type: "layers", diff_ids: [] },
  config: {
    Env: ["PATH=/own", "A=b=c"],
    Entrypoint: ["/init", "--"],
    Cmd: ["run", "it"],
    WorkingDir: "/srv",
    StopSignal: "SIGINT",
    ExposedPorts: { "80/tcp": {}, "53/udp": {} },
    Volumes: { "/data": {} },
    Labels: { "org.opencontainers.image.author": "Label", own: "value" },
  },
};
const USER = { uid: 1, gid: 2, additionalGids: [3], home: "/home/ana" };
const PREFIX = "org.opencontainers.image";

suite("the configuration of a container", () => {
  const config = runtimeConfigOf(IMAGE, USER);

  test("has the process of the image", () => {
    assert.deepEqual(config.process?.args, ["/init", "--", "run", "it"]);
    assert.equal(config.process?.cwd, "/srv");
    assert.deepEqual(config.process?.env, ["PATH=/own", "A=b=c", "HOME=/home/ana"]);
    assert.deepEqual(config.process?.user, { uid: 1, gid: 2, additionalGids: [3] });
  });

  test("has the annotations that its fields mean, and labels win", () => {
    assert.deepEqual(config.annotations, {
      [`${PREFIX}.os`]: "linux",
      [`${PREFIX}.architecture`]: "arm",
      [`${PREFIX}.variant`]: "v7",
      [`${PREFIX}.os.version`]: "6.1",
      [`${PREFIX}.os.features`]: "one,two",
      [`${PREFIX}.author`]: "Label",
      [`${PREFIX}.created`]: "2026-01-02T03:04:05Z",
      [`${PREFIX}.stopSignal`]: "SIGINT",
      [`${PREFIX}.exposedPorts`]: "53/udp,80/tcp",
      own: "value",
    });
  });

  test("has mounts for volumes", () => {
    assert.ok(config.mounts?.some(({ destination }) => destination === "/data"));
    assert.ok(
      !runtimeConfigOf(IMAGE, USER, { volumes: false }).mounts?.some(({ destination }) => destination === "/data"),
    );
  });

  test("takes an image that says nothing", () => {
    const bare = runtimeConfigOf(
      { architecture: "amd64", os: "linux", rootfs: IMAGE.rootfs, config: null },
      { uid: 0, gid: 0 },
    );
    assert.deepEqual([bare.process?.cwd, bare.process?.args], ["/", ["sh"]]);
    assert.match(bare.process?.env?.[0] ?? "", /^PATH=/);
  });

  test("is valid, for root and for others", () => {
    for (const options of [{}, { rootless: { uid: 1000, gid: 1000 } }]) {
      parseConfig(new TextEncoder().encode(JSON.stringify(runtimeConfigOf(IMAGE, USER, options))));
    }
  });
});
