/**
 * A registry for as long as the quickstart takes, on a free port of this machine.
 * @module
 */
import { parseConfig } from "@teu/registry-server/config/config";
import { startService } from "@teu/registry-server/operate/service";

/** A registry that runs. */
export interface LocalRegistry extends AsyncDisposable {
  /** Such as `127.0.0.1:40123`. */
  readonly address: string;
}

/** Starts a registry with its data in `folder`, as `teu registry serve` does. */
export async function startLocalRegistry(folder: string): Promise<LocalRegistry> {
  const config = { ...parseConfig("{}"), host: "127.0.0.1", port: 0 };
  const service = await startService({ config, folder, root: folder });
  return { address: new URL(service.url).host, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}
