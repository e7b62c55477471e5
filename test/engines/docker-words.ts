/**
 * The command line that docker brought and podman took over.
 * @module
 */
import type { Engine, Job, Verb } from "./engine.ts";
import { MEMORY_BYTES } from "./engine.ts";
import { IMAGE } from "./image.ts";

/**
 * The words for jobs and verbs: behind `client`, the program and the options that lead it to its state, and for a job
 * behind what `runWith` makes of the runtime's path.
 */
export function dockerWords(
  client: readonly string[],
  runWith: (runtime: string) => readonly string[],
): Pick<Engine, "run" | "exec" | "inspect" | "verbs"> {
  const verb =
    (...words: readonly string[]): ((id: string) => string[]) =>
    (id) => [...client, ...words, id];
  return {
    run: (job) => [...runWith(job.runtime), ...jobWords(job), IMAGE, ...job.args],
    exec: (id, args, terminal) => [...client, "exec", ...(terminal ? ["-it"] : []), id, ...args],
    inspect: verb("container", "inspect", "--format", "{{.Name}} {{.State.Pid}} {{.State.Status}}"),
    verbs: {
      pause: verb("pause"),
      resume: verb("unpause"),
      halveMemory: verb("update", `--memory=${MEMORY_BYTES / 2}`, `--memory-swap=${MEMORY_BYTES}`),
      stats: verb("stats", "--no-stream", "--format", "{{.MemUsage}}"),
      processes: verb("top"),
      stop: verb("stop", "-t", "1"),
      kill: verb("kill"),
      wait: verb("wait"),
      remove: verb("rm", "-f"),
    } satisfies Record<Verb, (id: string) => string[]>,
  };
}

function jobWords(job: Job): string[] {
  const option = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  return [
    `--name=${job.id}`,
    "--network=none",
    job.detached === true ? "--detach" : "--rm",
    ...(job.terminal === true ? ["-it"] : []),
    ...(job.interactive === true ? ["-i"] : []),
    ...(job.readOnly === true ? ["--read-only"] : []),
    ...option("memory", job.memoryBytes),
    ...option("cpus", job.cpus),
    ...option("pids-limit", job.pids),
    ...option("security-opt", job.seccompProfile === undefined ? undefined : `seccomp=${job.seccompProfile}`),
    ...option("user", job.user),
    ...option("workdir", job.folder),
    ...option("volume", job.shared === undefined ? undefined : `${job.shared}:/shared:ro`),
    ...option("sysctl", job.sysctl),
    ...(job.firstUser === undefined ? [] : [`--uidmap=0:${job.firstUser}:65536`, `--gidmap=0:${job.firstUser}:65536`]),
  ];
}
