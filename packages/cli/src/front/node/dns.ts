/** `node:dns`. @module */
import { isIP } from "../ip.ts";

interface Found {
  readonly address: string;
  readonly family: number;
}

type Done = (error: Error | null, found: readonly Found[]) => void;

const EAI_AGAIN = -3;

/** The addresses that a name stands for, each once. @throws what Node's fails with */
export function resolveName(name: string): readonly Found[] {
  if (isIP(name) !== 0) return [{ address: name, family: isIP(name) }];
  const addresses = new Set<string>();
  const result = sys_resolve(name, (address) => void addresses.add(address));
  if (result === 0) return [...addresses].map((address) => ({ address, family: isIP(address) }));
  const code = result + 1000 === EAI_AGAIN ? "EAI_AGAIN" : "ENOTFOUND";
  throw Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code, syscall: "getaddrinfo", hostname: name });
}

/** `lookup`, of all addresses. */
export function lookup(name: string, _options: unknown, then: Done): void {
  queueMicrotask(() => {
    try {
      then(null, resolveName(name));
    } catch (error) {
      then(error as Error, []);
    }
  });
}
