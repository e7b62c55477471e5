import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { tempDir } from "@teu/testing/temp-dir";
import type { ContainerRecord } from "../containers/record.ts";
import { addToNetwork, findNetwork } from "./cni.ts";
import { hostsText, resolverLines } from "./network-files.ts";
import { claimPorts } from "./ports.ts";

const RECORD = {
  hostname: "box",
  name: "one",
  options: { network: "bridge", addHosts: ["a:1.2.3.4", "gw:host-gateway"] },
};

suite("what containers are told of their network", () => {
  test("hosts", () => {
    const facts = { addresses: ["10.0.0.5"], gateways: ["10.0.0.1"], nameservers: [] };
    const lines = hostsText(RECORD as unknown as ContainerRecord, facts).split("\n");
    for (const line of ["10.0.0.5\tbox one", "1.2.3.4\ta", "10.0.0.1\tgw"]) assert.ok(lines.includes(line), line);
  });

  test("name servers that only the host can reach are left out", () => {
    const host = "# note\nnameserver 127.0.0.1\nnameserver 10.1.1.1\nsearch example.org\noptions ndots:2\n";
    const options = { keepsLoopback: false, servers: [], search: [] };
    assert.equal(resolverLines(host, options), "nameserver 10.1.1.1\nsearch example.org\noptions ndots:2\n");
    assert.match(resolverLines(host, { ...options, keepsLoopback: true }), /^nameserver 127\.0\.0\.1\nnameserver 10/);
    assert.equal(
      resolverLines(host, { ...options, servers: ["1.1.1.1"], search: ["x.org"] }),
      "nameserver 1.1.1.1\noptions ndots:2\nsearch x.org\n",
    );
    assert.match(resolverLines("", options), /^nameserver /);
  });
});

suite("ports of the host", () => {
  const port = { hostIp: "127.0.0.1", hostPort: 0, containerPort: 80, protocol: "tcp" } as const;

  test("one that is free is found; one that a program or another container has is told of", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: taken } = server.address() as { readonly port: number };
    try {
      const [claimed] = await claimPorts([port], []);
      assert.ok(claimed !== undefined && claimed.hostPort > 0);
      await assertCode(async () => await claimPorts([{ ...port, hostPort: taken }], []), "ERR_CONTAINER_NETWORK");
      const other = { holder: "two", ports: [{ ...port, hostIp: "", hostPort: claimed.hostPort }] };
      const error = await assertCode(async () => await claimPorts([claimed], [other]), "ERR_CONTAINER_NETWORK");
      assert.match(error.message, /container "two"/);
    } finally {
      server.close();
    }
  });
});

suite("networks", () => {
  test("by name, from files that may be broken, and one of our own", async () => {
    await using dir = await tempDir();
    await dir.write("1.conflist", "{");
    await dir.write("2.conf", JSON.stringify({ name: "plain", type: "ptp" }));
    await dir.write("3.conflist", JSON.stringify({ name: "listed", cniVersion: "1.0.0", plugins: [{ type: "a" }] }));
    assert.equal(findNetwork("plain", "/s", dir.path).plugins[0]?.type, "ptp");
    assert.equal(findNetwork("listed", "/s", dir.path).cniVersion, "1.0.0");
    assert.equal(findNetwork("bridge", "/s", dir.path).name, "teu");
    await assertCode(async () => void findNetwork("none-such", "/s", dir.path), "ERR_CONTAINER_NETWORK");
  });

  test("a plug-in that is not there is named", async () => {
    const network = { cniVersion: "0.4.0", name: "n", plugins: [{ type: "no-such-plugin" }] };
    const attachment = { containerId: "c", namespace: "", capabilities: {} };
    const error = await assertCode(async () => await addToNetwork(network, attachment), "ERR_ENGINE_PROGRAM");
    assert.match(error.message, /no-such-plugin/);
  });
});
