/**
 * Tries both builds where version 2 of cgroups is all there is, with every controller: a Debian kernel inside QEMU, without
 * KVM, whose first process is a shell script over busybox.
 *   sh tools/run test/runtime/cgroup2-guest.ts VMLINUZ
 * Needs qemu-system-x86, busybox-static and a kernel: `apt-get download linux-image-amd64`'s dependency, `dpkg -x`, boot/vmlinuz-….
 * Takes a few minutes, and is no part of the gate.
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configFor, makeRoot } from "./bundle.ts";
import { BUILDS } from "./program.ts";

/** One thing to try: a shell script in which `$R` is the program, and what its output must match. */
interface Check {
  readonly name: string;
  readonly config: Record<string, unknown>;
  readonly script: string;
  readonly expected: RegExp;
}

const SLEEPER = ["sleep", "1000"];
const IDS = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const CGROUP_MOUNT = { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup" };
const NAMESPACES = ["pid", "network", "ipc", "uts", "mount", "cgroup"].map((type) => ({ type }));

const CHECKS: readonly Check[] = [
  {
    name: "limits",
    config: withResources({
      memory: { limit: 67_108_864, reservation: 33_554_432, swap: 100_663_296 },
      cpu: { shares: 2048, quota: 50_000, period: 100_000, burst: 10_000, cpus: "0", mems: "0" },
      pids: { limit: 42 },
      unified: { "memory.high": "50331648", "cpu.weight.nice": "-1" },
    }),
    script: `$R run -d -b . one </dev/null >/dev/null 2>&1; cd /sys/fs/cgroup/one
      cat memory.max memory.low memory.high memory.swap.max cpu.max cpu.max.burst cpuset.cpus cpuset.mems pids.max cpu.weight
      $R delete -f one; ls -d /sys/fs/cgroup/one 2>&1`,
    expected: /67108864\n33554432\n50331648\n33554432\n50000 100000\n10000\n0\n0\n42\n\d+\nls: .*No such file/u,
  },
  {
    name: "update",
    config: withResources({}),
    script: `$R run -d -b . two </dev/null >/dev/null 2>&1
      $R update --memory 128m --memory-swap -1 --pids-limit 7 --cpu-share 512 --cpu-quota 20000 --cpuset-cpus 0 two
      echo '{"unified":{"memory.high":"1048576"}}' | $R update -r - two; cd /sys/fs/cgroup/two
      cat memory.max memory.swap.max pids.max cpu.weight cpu.max cpuset.cpus memory.high
      echo '{"memory":{"limit":4096,"checkBeforeUpdate":true}}' | $R update -r - two 2>&1; $R delete -f two`,
    expected: /^134217728\nmax\n7\n59\n20000 100000\n0\n1048576\n.*rejecting memory limit 4096 <= usage \d+\n$/u,
  },
  {
    name: "devices",
    config: {
      ...configFor(
        [
          "sh",
          "-c",
          "head -c 1 /dev/zero | wc -c; rm -f /tmp/k; mknod /tmp/k c 1 11 && echo made; cat /tmp/k 2>&1; : >/dev/null; echo end",
        ],
        {},
        { resources: { devices: [{ allow: false, access: "rwm" }] } },
        { capabilities: capabilities("CAP_MKNOD") },
      ),
      root: { path: "rootfs" },
    },
    script: "$R run -b . three </dev/null 2>&1",
    expected: /^1\nmade\ncat: can't open '\/tmp\/k': Operation not permitted\nend\n$/u,
  },
  {
    name: "frozen, thawed, and left by all",
    config: withResources({}),
    script: `$R run -d -b . four </dev/null >/dev/null 2>&1; $R pause four; grep frozen /sys/fs/cgroup/four/cgroup.events
      $R state four | grep status; $R exec four true 2>&1; $R resume four; grep frozen /sys/fs/cgroup/four/cgroup.events
      $R exec four sh -c 'cat /proc/self/cgroup'; $R pause four; $R delete -f four; ls -d /sys/fs/cgroup/four 2>&1`,
    expected: /^frozen 1\n.*"paused".*\n.*in a paused container\n.*hint.*\nfrozen 0\n0::\/.*\nls: .*No such file/u,
  },
  {
    name: "a namespace of its own, and the folder given away",
    config: {
      ...configFor(
        [
          "sh",
          "-c",
          "cat /proc/self/cgroup; mkdir /sys/fs/cgroup/in && echo $$ >/sys/fs/cgroup/in/cgroup.procs && cat /proc/self/cgroup",
        ],
        {},
        { namespaces: [...NAMESPACES, { type: "user" }], uidMappings: IDS, gidMappings: IDS },
      ),
    },
    script: `$R run -b . five </dev/null 2>&1; ls -d /sys/fs/cgroup/five 2>&1`,
    expected: /^0::\/\n0::\/in\nls: .*No such file/u,
  },
  {
    name: "out of memory",
    config: {
      ...configFor(
        ["sh", "-c", "x=$(head -c 60000000 /dev/zero | tr '\\0' a)"],
        {},
        {
          resources: { memory: { limit: 16_777_216, swap: 16_777_216 }, unified: { "memory.oom.group": "1" } },
        },
      ),
    },
    script: `$R run -b . six </dev/null 2>&1; echo status $?`,
    expected: /status 137\n$/u,
  },
  {
    name: "stats",
    config: withResources({ memory: { limit: 33_554_432 } }),
    script: `$R run -d -b . seven </dev/null >/dev/null 2>&1; $R events --stats seven; $R ps -f json seven; $R delete -f seven`,
    expected: /"type":"stats".*"limit":33554432.*\n\[\d+\]/u,
  },
  {
    name: "what cannot be set is told",
    config: withResources({ unified: { "nothing.here": "1" } }),
    script: `$R run -b . eight </dev/null 2>&1; ls -d /sys/fs/cgroup/eight /run/state/eight 2>&1`,
    expected: /unified.*nothing\.here.*\n(ls: .*No such file.*\n){2}/u,
  },
  {
    name: "a place below others, and one that is in use",
    config: { ...withResources({}, { cgroupsPath: "/a/b/c" }) },
    script: `$R run -d -b . nine </dev/null >/dev/null 2>&1; cat /sys/fs/cgroup/a/b/cgroup.subtree_control
      $R run -b . ten </dev/null 2>&1; $R kill nine KILL; sleep 1; $R delete nine; ls -d /sys/fs/cgroup/a/b/c 2>&1`,
    expected: /cpuset cpu io memory .*pids.*\n.*not empty.*\n.*hint.*\nls: .*No such file/u,
  },
];

function withResources(resources: object, linux: Record<string, unknown> = {}): Record<string, unknown> {
  return configFor(SLEEPER, {}, { resources, ...linux });
}

function capabilities(...names: string[]): object {
  return { bounding: names, effective: names, permitted: names };
}

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin; export PATH=/bin
mkdir -p /proc /sys /dev /run /tmp /new
mount -t tmpfs none /new; for d in bin bundles programs init2; do cp -a /$d /new/; done; mkdir -p /new/proc /new/sys /new/dev /new/run /new/tmp
exec switch_root /new /init2
`;

const INIT2 = `#!/bin/busybox sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mkdir -p /dev/pts; mount -t devpts pts /dev/pts
mount -t cgroup2 none /sys/fs/cgroup; cat /sys/fs/cgroup/cgroup.controllers
for P in /programs/*; do for B in /bundles/*; do
  cd $B; R="$P --root /run/state"; echo "=== $P $B"; . $B/script; echo "=== end"
done; done
poweroff -f
`;

await main(process.argv[2]);

async function main(kernel: string | undefined): Promise<void> {
  if (kernel === undefined) throw new Error("Guest: name the file of a kernel, such as boot/vmlinuz-6.1.0-56-amd64");
  const folder = mkdtempSync(join(tmpdir(), "teu-guest-"));
  try {
    const output = await boot(kernel, makeImage(folder));
    const failures = judge(output);
    console.log(`teu: ${CHECKS.length} checks by ${BUILDS.length} builds: ${failures} failed`);
    process.exitCode = failures === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeImage(folder: string): string {
  const root = join(folder, "root");
  for (const name of ["bin", "programs", "bundles"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const build of BUILDS) copyFileSync(build, join(root, "programs", build.slice(build.lastIndexOf("/") + 1)));
  for (const [at, { config, script }] of CHECKS.entries()) {
    const bundle = join(root, "bundles", String(at));
    makeRoot(join(bundle, "rootfs"));
    writeFileSync(join(bundle, "script"), `${script}\n`);
    writeFileSync(join(bundle, "config.json"), JSON.stringify(withCgroups(config)));
  }
  writeFileSync(join(root, "init"), INIT, { mode: 0o755 });
  writeFileSync(join(root, "init2"), INIT2, { mode: 0o755 });
  const image = join(folder, "image");
  execFileSync("sh", ["-c", `find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 >${image}`], { cwd: root });
  return image;
}

function withCgroups(config: Record<string, unknown>): Record<string, unknown> {
  const linux = config["linux"] as { namespaces: unknown };
  const namespaces = linux.namespaces === undefined ? NAMESPACES : [...(linux.namespaces as object[])];
  if (!JSON.stringify(namespaces).includes('"cgroup"')) namespaces.push({ type: "cgroup" });
  return { ...config, mounts: [...(config["mounts"] as object[]), CGROUP_MOUNT], linux: { ...linux, namespaces } };
}

async function boot(kernel: string, image: string): Promise<string> {
  const append = "console=ttyS0 quiet panic=-1 cgroup_no_v1=all";
  const machine = ["-m", "768", "-cpu", "max", "-display", "none", "-serial", "stdio", "-no-reboot"];
  const qemu = spawn("qemu-system-x86_64", [...machine, "-kernel", kernel, "-initrd", image, "-append", append], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 900_000,
  });
  let output = "";
  for await (const chunk of qemu.stdout) output += String(chunk);
  return output.replaceAll("\r", "");
}

function judge(output: string): number {
  let failures = 0;
  for (const build of BUILDS)
    for (const [at, { name, expected }] of CHECKS.entries()) {
      const title = `${build.slice(build.lastIndexOf("/") + 1)}: ${name}`;
      const [, told = "nothing was heard of it"] = output.split(
        `=== /programs/${title.split(":")[0]} /bundles/${at}\n`,
      );
      const [said = ""] = told.split("=== end");
      const isGood = expected.test(said);
      if (!isGood) failures += 1;
      console.log(isGood ? `ok     ${title}` : `not ok ${title}: expected ${String(expected)}, got\n${said}`);
    }
  return failures;
}
