/**
 * One node of a registry as a process: `node.ts CONFIG ROOT`. It prints its address, and ends when it is told.
 */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseConfig } from "@teu/registry-server/config/config";
import { startService } from "@teu/registry-server/operate/service";

const [configFile = "", root = ""] = process.argv.slice(2);
const config = { ...parseConfig(await readFile(configFile, "utf8")), port: 0 };
const service = await startService({ config, configFile, folder: dirname(configFile), root, log: console.error });
console.log(service.url);
process.once("SIGTERM", () => void service[Symbol.asyncDispose]());
