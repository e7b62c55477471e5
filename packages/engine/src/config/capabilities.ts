/**
 * Capabilities of containers: those that docker gives by default, and what is added and dropped.
 * @see {@link https://github.com/moby/moby/blob/v28.5.1/oci/caps/defaults.go}
 * @module
 */
import type { SecurityOptions } from "./options.ts";
import { wrongOption } from "./read-options.ts";

/** What a container has about which nobody said anything. */
export const DEFAULT_CAPABILITIES: readonly string[] =
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
    .split(" ")
    .map((name) => `CAP_${name}`);

/** All that Linux has, as of 6.12. */
export const ALL_CAPABILITIES: readonly string[] = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
  "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " +
  "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
)
  .split(" ")
  .map((name) => `CAP_${name}`);

/**
 * The capabilities of a container. Adding wins over dropping, except where all are dropped or added at once.
 * @param host those that there are to give; default: all
 * @throws TeuError `ERR_CONTAINER_OPTION`
 */
export function capabilitiesOf(
  { privileged, capAdd, capDrop }: SecurityOptions,
  host: readonly string[] = ALL_CAPABILITIES,
): readonly string[] {
  if (privileged) return host;
  const add = capAdd.map((name) => readCapability(name, "cap-add"));
  const drop = capDrop.map((name) => readCapability(name, "cap-drop"));
  const base = add.includes("ALL") ? host : drop.includes("ALL") ? [] : DEFAULT_CAPABILITIES;
  const kept = new Set(
    [...base, ...add].filter((name) => name !== "ALL" && !(drop.includes(name) && !add.includes(name))),
  );
  return ALL_CAPABILITIES.filter((name) => kept.has(name));
}

function readCapability(text: string, option: string): string {
  const upper = text.toUpperCase();
  const name = upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (name === "ALL" || ALL_CAPABILITIES.includes(name)) return name;
  throw wrongOption(option, text, "a capability such as NET_ADMIN, or ALL");
}
