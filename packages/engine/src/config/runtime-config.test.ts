import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import type { ImageRecord } from "../images/image-record.ts";
import { ALL_CAPABILITIES, DEFAULT_CAPABILITIES, capabilitiesOf } from "./capabilities.ts";
import { type ContainerOptions, DEFAULT_OPTIONS } from "./options.ts";
import { argsOf, configText, runtimeConfig } from "./runtime-config.ts";
import { readProfile, seccompOf } from "./seccomp-profile.ts";
import { defaultProfile } from "./seccomp.ts";

const IMAGE = {
  image: {
    os: "linux",
    architecture: "amd64",
    config: {
      Env: ["PATH=/bin", "A=image"],
      Entrypoint: ["/entry"],
      Cmd: ["cmd"],
      User: "ana",
      WorkingDir: "/work",
      Labels: { from: "image" },
    },
  },
  passwd: "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n",
  group: "ana:x:1000:\ndisk:x:6:ana\n",
} as unknown as ImageRecord;

// oxlint-disable-next-line typescript/no-explicit-any -- every test looks at another part
function made(options: Partial<ContainerOptions>, rootless = false): Record<string, any> {
  const input = { id: "c1", rootPath: "/root", hostname: "box", mounts: [], files: [], rootless };
  return runtimeConfig({ ...input, image: IMAGE, options: { ...DEFAULT_OPTIONS, ...options } });
}

suite("configurations of containers", () => {
  test("what the image says, under what was asked for", () => {
    const config = made({ env: ["A=asked", "B=1"], command: ["other"], workdir: "/x" });
    assert.deepEqual(config["process"].args, ["/entry", "other"]);
    assert.deepEqual(config["process"].env, ["HOSTNAME=box", "PATH=/bin", "A=asked", "HOME=/home/ana", "B=1"]);
    assert.deepEqual(config["process"].user, { uid: 1000, gid: 1000, additionalGids: [6] });
    assert.equal(config["process"].cwd, "/x");
    assert.equal(config["annotations"].from, "image");
  });

  test("with one id alone, the program's user is the caller", () => {
    const input = { id: "c1", rootPath: "/root", hostname: "box", mounts: [], files: [], rootless: true };
    const one = [{ first: 0, count: 1 }];
    const config = runtimeConfig({ ...input, image: IMAGE, options: DEFAULT_OPTIONS, ids: { uids: one, gids: one } });
    const { process, linux } = config as ReturnType<typeof made>;
    assert.deepEqual(process.user, { uid: 1000, gid: 1000 });
    assert.deepEqual(linux.uidMappings, [{ containerID: 1000, hostID: 0, size: 1 }]);
    assert.deepEqual(linux.gidMappings, [{ containerID: 1000, hostID: 0, size: 1 }]);
  });

  test("an entrypoint of one's own drops the image's command", () => {
    assert.deepEqual(argsOf({ image: IMAGE, options: { ...DEFAULT_OPTIONS, entrypoint: ["sh"] } }), ["sh"]);
    assert.deepEqual(argsOf({ image: IMAGE, options: DEFAULT_OPTIONS }), ["/entry", "cmd"]);
  });

  test("an ordinary user has capabilities in the bounding set alone", () => {
    const { capabilities } = made({})["process"];
    assert.deepEqual([capabilities.bounding.toSorted(), capabilities.effective], [DEFAULT_CAPABILITIES, []]);
    const root = made({ user: "0" })["process"].capabilities;
    assert.deepEqual(root.effective, root.bounding);
  });

  test("namespaces are shared where that is asked for", () => {
    const types = (options: Partial<ContainerOptions>): string[] =>
      made(options)["linux"].namespaces.map(({ type }: { readonly type: string }) => type);
    assert.ok(types({}).includes("network"));
    assert.ok(!types({ network: "host" }).includes("network"));
    assert.ok(!types({ hostNamespaces: ["pid", "uts"] }).includes("pid"));
    assert.equal(made({ hostNamespaces: ["uts"] })["hostname"], undefined);
  });

  test("limits keep all their digits", () => {
    const config = made({ ulimits: [{ type: "RLIMIT_CORE", soft: 5, hard: 2 ** 64 }] });
    assert.match(configText(config), /"hard":18446744073709551615\b/);
  });

  test("resources", () => {
    const { resources } = made({ resources: { memoryBytes: 1e6, cpus: 0.5, pidsLimit: 9 } })["linux"];
    assert.deepEqual(resources.memory, { limit: 1e6 });
    assert.deepEqual(resources.cpu, { quota: 50_000, period: 100_000 });
    assert.deepEqual(resources.pids, { limit: 9 });
    assert.deepEqual(resources.devices, [{ allow: false, access: "rwm" }]);
  });

  test("a privileged container is not shut in", () => {
    const { process, linux } = made({ security: { ...DEFAULT_OPTIONS.security, privileged: true }, user: "0" });
    assert.deepEqual(process.capabilities.effective, ALL_CAPABILITIES);
    assert.deepEqual([linux.seccomp, linux.maskedPaths], [undefined, undefined]);
    assert.deepEqual(linux.resources.devices, [{ allow: true, access: "rwm" }]);
  });

  test("an unknown user is told of", async () => {
    await assertCode(async () => void made({ user: "nobody-here" }), "ERR_USER_UNKNOWN");
  });
});

suite("capabilities", () => {
  const caps = (capAdd: string[], capDrop: string[]): readonly string[] =>
    capabilitiesOf({ ...DEFAULT_OPTIONS.security, capAdd, capDrop });

  test("added, dropped, all and none", async () => {
    assert.ok(caps(["net_admin"], []).includes("CAP_NET_ADMIN"));
    assert.ok(!caps([], ["CAP_CHOWN"]).includes("CAP_CHOWN"));
    assert.deepEqual(caps(["CHOWN"], ["ALL"]), ["CAP_CHOWN"]);
    assert.deepEqual(caps(["ALL"], ["SYS_ADMIN"]).includes("CAP_SYS_ADMIN"), false);
    await assertCode(async () => void caps(["FLY"], []), "ERR_CONTAINER_OPTION");
  });
});

suite("the profile of system calls", () => {
  test("clone makes no namespaces without CAP_SYS_ADMIN, and clone3 is said not to be there", () => {
    const { syscalls } = defaultProfile(DEFAULT_CAPABILITIES, "x64");
    const clone = syscalls.find(({ names }) => names.length === 1 && names[0] === "clone");
    assert.equal(clone?.args?.[0]?.op, "SCMP_CMP_MASKED_EQ");
    assert.equal(syscalls.find(({ names }) => names[0] === "clone3")?.errnoRet, 38);
    assert.ok(!syscalls[0]?.names.includes("mount"));
  });

  test("capabilities and machines open more", () => {
    const [first] = defaultProfile(["CAP_SYS_ADMIN"], "arm64").syscalls;
    for (const name of ["mount", "clone", "clone3", "sync_file_range2"]) assert.ok(first?.names.includes(name), name);
    assert.ok(!first?.names.includes("arch_prctl"));
  });

  test("a profile as docker writes it", () => {
    const text = JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
      syscalls: [
        { names: ["read"], action: "SCMP_ACT_ALLOW" },
        { names: ["mount"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
        { names: ["clone"], action: "SCMP_ACT_ALLOW", excludes: { caps: ["CAP_SYS_ADMIN"] } },
        { names: ["modify_ldt"], action: "SCMP_ACT_ALLOW", includes: { arches: ["arm64"] } },
      ],
    });
    const profile = readProfile(text, [], "x64");
    assert.deepEqual(profile.architectures, ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
    assert.deepEqual(
      profile.syscalls.flatMap(({ names }) => names),
      ["read", "clone"],
    );
  });

  test("what is no profile is refused", async () => {
    for (const seccomp of ["{", "[]", "null", '{"syscalls":[]}'])
      await assertCode(
        async () => void seccompOf({ ...DEFAULT_OPTIONS.security, seccomp }, []),
        "ERR_CONTAINER_OPTION",
      );
  });
});
