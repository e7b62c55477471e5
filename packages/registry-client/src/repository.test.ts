import { suite } from "node:test";
import { testStore } from "@teu/content/testing/store-contract";
import { fetchExchange } from "./http/fetch-exchange.ts";
import { NodeExchange } from "./http/node-exchange.ts";
import { Registry } from "./registry.ts";
import { type FakeOptions, startFakeRegistry } from "./testing/fake-registry.ts";

/** A repository at a registry of its own, over Node's client unless told otherwise. */
async function openFake(
  options: FakeOptions,
  way: "node" | "fetch" = "node",
): Promise<Awaited<ReturnType<Parameters<typeof testStore>[0]["open"]>>> {
  const fake = await startFakeRegistry(options);
  const node = new NodeExchange();
  const registry = new Registry(fake.url, { exchange: way === "node" ? node.exchange : fetchExchange() });
  return {
    store: registry.repository("team/app"),
    close: async () => {
      node[Symbol.dispose]();
      await fake[Symbol.asyncDispose]();
    },
  };
}

suite("a repository", () => testStore({ open: async () => await openFake({}) }));
suite("a repository over fetch", () => testStore({ open: async () => await openFake({}, "fetch") }));
suite("a repository without the referrers API, with chunks", () =>
  testStore({ open: async () => await openFake({ referrersApi: false, chunkMinBytes: 100_000, pageSize: 5 }) }),
);
