/**
 * The engine as the command line has it.
 * @module
 */
import type { Engine } from "@teu/engine/engine";
import { engineFolders } from "@teu/engine/folders";
import type { Host } from "../../host.ts";
import { policyAdmission } from "../../policy/admission.ts";

/** Opens the engine of the user. */
export function openEngine(host: Host): Engine {
  const self = [process.execPath, ...process.execArgv, process.argv[1] ?? "teu", "engine"];
  return { folders: engineFolders({ env: host.env }), self, env: host.env, admission: policyAdmission(host) };
}
