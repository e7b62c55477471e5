/**
 * Asking systemd to make, change and end the unit of a container.
 * https://www.freedesktop.org/software/systemd/man/org.freedesktop.systemd1.html
 * @module
 */
import { environment } from "@teu/kernel/processes";
import { exists } from "@teu/kernel/files";
import { Failure, asFailure } from "../failure.ts";
import { BUS_NAME, type Bus, BusError, connectBus } from "./bus.ts";
import type { Call } from "./message.ts";
import { MessageWriter, type Property } from "./message-writer.ts";

const SYSTEM_BUS = "/run/dbus/system_bus_socket";
const SYSTEMD = "org.freedesktop.systemd1";

/** A connection to the manager of the system, or to that of a user. Close it. */
export class Manager {
  private readonly bus: Bus;

  constructor(bus: Bus) {
    this.bus = bus;
  }

  /** Makes a unit, and waits until it is there; a failed one of that name that is left is taken away. @throws Failure */
  start(name: string, properties: readonly Property[]): void {
    this.watchJobs();
    try {
      this.finish("StartTransientUnit", this.startTransient(name, properties), name);
    } catch (error) {
      if (!(error instanceof BusError) || error.errorName !== `${SYSTEMD}.UnitExists`) throw asFailure(error);
      this.resetFailed(name);
      this.finish("StartTransientUnit", this.startTransient(name, properties), name);
    }
  }

  /** Changes a unit until it ends. @throws Failure */
  change(name: string, properties: readonly Property[]): void {
    const body = new MessageWriter().string(name).uint32(1);
    writeProperties(body, properties);
    this.bus.call(managerCall("SetUnitProperties", "sba(sv)"), body.toBytes());
  }

  /** Ends a unit, and waits until it is gone; one that is not there is fine. @throws Failure */
  stop(name: string): void {
    this.watchJobs();
    try {
      const body = new MessageWriter().string(name).string("replace");
      const [job = ""] = this.bus.call(managerCall("StopUnit", "ss"), body.toBytes()).arguments;
      this.finish("StopUnit", job, name);
    } catch (error) {
      if (!(error instanceof BusError) || error.errorName !== `${SYSTEMD}.NoSuchUnit`) throw asFailure(error);
    }
    this.resetFailed(name);
  }

  close(): void {
    this.bus.close();
  }

  private watchJobs(): void {
    const rule = `type='signal',sender='${SYSTEMD}',interface='${SYSTEMD}.Manager',member='JobRemoved'`;
    const match: Call = {
      destination: BUS_NAME,
      path: "/org/freedesktop/DBus",
      face: BUS_NAME,
      member: "AddMatch",
      signature: "s",
    };
    this.bus.call(match, new MessageWriter().string(rule).toBytes());
    // Without a subscriber systemd sends no signals.
    this.bus.call(managerCall("Subscribe", ""), new Uint8Array(0));
  }

  private startTransient(name: string, properties: readonly Property[]): string {
    const body = new MessageWriter().string(name).string("replace");
    writeProperties(body, properties);
    body.list(8, () => {});
    const [job = ""] = this.bus.call(managerCall("StartTransientUnit", "ssa(sv)a(sa(sv))"), body.toBytes()).arguments;
    return job;
  }

  private finish(what: string, job: string, name: string): void {
    for (;;) {
      const [, path = "", , result = ""] = this.bus.signal("JobRemoved").arguments;
      if (path !== job) continue;
      if (result === "done") return;
      throw new Failure(`systemd: ${what} ${JSON.stringify(name)}: ${result}`);
    }
  }

  private resetFailed(name: string): void {
    try {
      this.bus.call(managerCall("ResetFailedUnit", "s"), new MessageWriter().string(name).toBytes());
    } catch {
      // It has not failed, or is gone.
    }
  }
}

function managerCall(member: string, signature: string): Call {
  return { destination: SYSTEMD, path: "/org/freedesktop/systemd1", face: `${SYSTEMD}.Manager`, member, signature };
}

function writeProperties(body: MessageWriter, properties: readonly Property[]): void {
  body.list(8, () => {
    for (const { name, value } of properties) body.align(8).string(name).variant(value);
  });
}

/** Connects to the manager. @param uid of this process; the manager of that user where `isUser` @throws Failure with a hint */
export function connectManager(uid: number, isUser: boolean): Manager {
  const path = isUser ? userBus(uid) : busPath(environment("DBUS_SYSTEM_BUS_ADDRESS") ?? "", SYSTEM_BUS);
  return new Manager(connectBus(path, uid));
}

function userBus(uid: number): string {
  const folder = environment("XDG_RUNTIME_DIR") ?? `/run/user/${uid}`;
  const session = busPath(environment("DBUS_SESSION_BUS_ADDRESS") ?? "", `${folder}/bus`);
  return exists(session) ? session : `${folder}/bus`;
}

/** The Unix socket of the first address that has one, such as `unix:path=/run/bus,guid=0123`. */
export function busPath(addresses: string, otherwise: string): string {
  for (const address of addresses.split(";")) {
    if (!address.startsWith("unix:")) continue;
    for (const part of address.slice("unix:".length).split(","))
      if (part.startsWith("path=")) return part.slice("path=".length);
  }
  return otherwise;
}
