/**
 * The Windows part of a configuration.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const WINDOWS_CLAUSES = {
  "runtime.windows.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of `windows` have the types that the specification gives.",
    section: "config-windows.md#windows-specific-container-configuration",
  },
  "runtime.windows.layerFolders": {
    level: "MUST",
    judge: "document",
    text: "`layerFolders` is set.",
    section: "config-windows.md#layerfolders",
  },
  "runtime.windows.layerFolders.one": {
    level: "MUST",
    judge: "document",
    text: "`layerFolders` has at least one entry.",
    section: "config-windows.md#layerfolders",
  },
  "runtime.windows.devices.available": {
    level: "MUST",
    judge: "behaviour",
    text: "The listed Windows devices are in the container.",
    section: "config-windows.md#devices",
  },
  "runtime.windows.devices.id": {
    level: "MUST",
    judge: "document",
    text: "A Windows device has an `id`.",
    section: "config-windows.md#devices",
  },
  "runtime.windows.devices.idType": {
    level: "MUST",
    judge: "document",
    text: "A Windows device has an `idType`, and that is `class`.",
    section: "config-windows.md#devices",
  },
  "runtime.windows.resources.cpu.exclusive": {
    level: "MUST",
    judge: "document",
    text: "Of `count`, `shares`, `maximum` and `affinity` only one is set.",
    section: "config-windows.md#cpu",
  },
  "runtime.windows.resources.cpu.shares": {
    level: "MUST",
    judge: "document",
    text: "`shares` is an integer from 0 to 10000.",
    section: "config-windows.md#cpu",
  },
  "runtime.windows.resources.cpu.maximum": {
    level: "MUST",
    judge: "document",
    text: "`maximum` is an integer from 0 to 10000, a hundred for each percent.",
    section: "config-windows.md#cpu",
  },
  "runtime.windows.resources.cpu.affinity.mask": {
    level: "MUST",
    judge: "document",
    text: "A CPU affinity has a `mask`, an unsigned 64-bit integer.",
    section: "config-windows.md#cpu",
  },
  "runtime.windows.resources.cpu.affinity.group": {
    level: "MUST",
    judge: "document",
    text: "A CPU affinity has a `group`, an unsigned 32-bit integer.",
    section: "config-windows.md#cpu",
  },
  "runtime.windows.hyperv.set": {
    level: "MUST",
    judge: "behaviour",
    text: "With `hyperv` the container is isolated by Hyper-V.",
    section: "config-windows.md#hyperv",
  },
  "runtime.windows.hyperv.unset": {
    level: "MUST",
    judge: "behaviour",
    text: "Without `hyperv` the container is a Windows Server container.",
    section: "config-windows.md#hyperv",
  },
} as const;
