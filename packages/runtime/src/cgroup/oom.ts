/**
 * Hearing that the kernel killed a process of a container because memory ran out.
 * @module
 */
import { close, read } from "@teu/kernel/descriptors";
import { O_RDONLY, exists, open, tryReadFile, writeFile } from "@teu/kernel/files";
import { IN_MODIFY, openEventCounter, watchFile } from "@teu/kernel/watches";
import { type CgroupFolders, folderOf } from "./folders.ts";

const EVENT_BYTES = 4096;

/** Watches the memory of a container. Close it. */
export class OomWatch {
  /** Becomes readable when there may be something to tell; -1 where memory is not watched. */
  readonly fd: number;
  private readonly folder: string;
  private readonly version2: boolean;
  private killed: string;

  constructor(folders: CgroupFolders) {
    this.folder = folderOf(folders, "memory") ?? "";
    this.version2 = exists(`${this.folder}/memory.events`);
    this.killed = this.version2 ? this.kills() : "";
    this.fd = this.version2 ? watchFile(`${this.folder}/memory.events`, IN_MODIFY) : this.watchVersion1();
  }

  private watchVersion1(): number {
    if (!exists(`${this.folder}/memory.oom_control`)) return -1;
    const counter = openEventCounter();
    const control = open(`${this.folder}/memory.oom_control`, O_RDONLY);
    writeFile(`${this.folder}/cgroup.event_control`, `${counter} ${control}`);
    close(control);
    return counter;
  }

  /** Call it when the descriptor is readable. Tells whether a process was killed; not when the cgroup has ended. */
  take(): boolean {
    read(this.fd, EVENT_BYTES);
    if (!this.version2) return exists(`${this.folder}/memory.oom_control`);
    const before = this.killed;
    this.killed = this.kills();
    return this.killed !== before && this.killed !== "";
  }

  private kills(): string {
    const lines = (tryReadFile(`${this.folder}/memory.events`) ?? "").split("\n");
    return lines.find((line) => line.startsWith("oom_kill ")) ?? "";
  }

  close(): void {
    close(this.fd);
  }
}
