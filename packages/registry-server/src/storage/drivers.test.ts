import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testDriver } from "../testing/driver-contract.ts";
import type { StorageDriver } from "./driver.ts";
import { fileDriver } from "./file-driver.ts";
import { memoryDriver } from "./memory-driver.ts";

testDriver("in memory", async () => memoryDriver());

testDriver("of files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "teu-driver-"));
  const driver = await fileDriver(folder);
  const dispose = driver[Symbol.asyncDispose].bind(driver);
  return new Proxy(driver, {
    get: (target, property) => {
      if (property === Symbol.asyncDispose) return async () => dispose().then(() => rm(folder, { recursive: true }));
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  }) satisfies StorageDriver;
});
