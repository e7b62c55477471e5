/**
 * An ordinary user for tests, who need not exist on the machine.
 * @module
 */
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Answer, runProgram } from "./program.ts";

/** The user's id. */
export const UID = 4321;
const FIRST_SUBID = 700_000;

/** The mapping of the user to itself alone, as root of the container. */
export const SELF: readonly object[] = [{ containerID: 0, hostID: UID, size: 1 }];
/** The mapping of the user and of all its further ids. */
export const RANGE: readonly object[] = [...SELF, { containerID: 1, hostID: FIRST_SUBID, size: 65_536 }];

/** A user that exists only in a mount namespace of its own, where files of /etc know it. */
export class OrdinaryUser {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    chmodSync(folder, 0o755);
    // The user's own, so that places for mounts can be made in it.
    runProgram("chown", ["-hR", `${UID}:${UID}`, join(folder, "rootfs")]);
    mkdirSync(join(folder, "run-user"));
    chownSync(join(folder, "run-user"), UID, UID);
    writeFileSync(join(folder, "passwd"), `root:x:0:0:root:/root:/bin/sh\nana:x:${UID}:${UID}::/:/bin/sh\n`);
    writeFileSync(join(folder, "subid"), `ana:${FIRST_SUBID}:65536\n`);
  }

  /** Runs a script with the program as `$0`. */
  run(build: string, script: string): Answer {
    const program = join(this.#folder, basename(build));
    if (!existsSync(program)) copyFileSync(build, program);
    const mounts = [
      ["passwd", "/etc/passwd"],
      ["subid", "/etc/subuid"],
      ["subid", "/etc/subgid"],
    ].map(([file, target]) => `mount --bind ${this.#folder}/${file} ${target}`);
    const become = `setpriv --reuid ${UID} --regid ${UID} --clear-groups --inh-caps=-all --bounding-set=-sys_resource`;
    const env = `env XDG_RUNTIME_DIR=${this.#folder}/run-user`;
    const lines = ["set -e", "touch /etc/subuid /etc/subgid", ...mounts, `exec ${become} ${env} sh -c "$1" "$0"`];
    return runProgram("unshare", ["--mount", "sh", "-c", lines.join("\n"), program, script]);
  }
}

/** Why there can be no such user; false where there can. */
export const needsTools: string | false = existsSync("/usr/bin/newuidmap")
  ? false
  : "needs newuidmap: apt-get install uidmap";
