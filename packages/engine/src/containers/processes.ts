/**
 * The processes of a container, as the host sees them.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { Engine } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { type ContainerRecord, readTextIfThere } from "./record.ts";
import { runRuntime } from "./runtime-call.ts";
import { statusOf } from "./status.ts";

/** A process. */
export interface ProcessRow {
  readonly uid: number;
  readonly pid: number;
  readonly ppid: number;
  /** One letter, as ps(1) has it. */
  readonly state: string;
  readonly cpuSeconds: number;
  readonly command: string;
}

const TICKS_A_SECOND = 100;

/** All processes of a container that runs. @throws TeuError `ERR_CONTAINER_STOPPED` */
export async function containerProcesses(engine: Engine, record: ContainerRecord): Promise<readonly ProcessRow[]> {
  if (statusOf(engine.folders, record.id).pid === 0) {
    const message = `Listing the processes of container "${record.name}": it does not run, expected it to`;
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_STOPPED", message);
  }
  const pids = JSON.parse(await runRuntime(engine, record, ["ps", "--format", "json", record.id])) as number[] | null;
  return (pids ?? []).flatMap((pid) => processRow(pid) ?? []);
}

function processRow(pid: number): ProcessRow | undefined {
  const stat = readTextIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const words = (readTextIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0").filter((word) => word !== "");
  const uid = /^Uid:\s+([0-9]+)/m.exec(readTextIfThere(`/proc/${pid}/status`) ?? "")?.[1] ?? "0";
  return {
    uid: Number(uid),
    pid,
    ppid: Number(fields[1]),
    state: fields[0] ?? "?",
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND,
    command: words.length === 0 ? `[${name}]` : words.join(" "),
  };
}
