import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { type Answer, onBothBuilds, runProgram, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const NAME = "teu-test0";
const shell = (script: string): Answer => runProgram("sh", ["-ec", script]);
const add = `ip link add ${NAME} type veth peer name ${NAME}p && ip addr add 10.9.8.7/24 dev ${NAME} && ip link set ${NAME} up`;
const remove = `ip link del ${NAME}p 2>/dev/null || true`;
const canAdd = shell(`${add}; ${remove}`).status === 0 ? false : "needs ip, and a kernel with veth";

suite("network interfaces of the host", { skip: skipContainers || canAdd }, () => {
  const session = new ContainerSession();
  after(() => shell(remove));
  const runs = (netDevices: unknown, linux: Record<string, unknown> = {}): Answer => {
    const path = session.bundle(
      ["sh", "-c", "ip -o -4 addr | cut -d: -f2- | cut -c1-40; ip -o link | wc -l"],
      {},
      { netDevices, ...linux },
    );
    return onBothBuilds((program) => {
      shell(`${remove}; ${add}`);
      return session.run(program, ["run", "--bundle", path, "net"]);
    });
  };

  test("move into the container with a new name and their addresses, and are up", () => {
    const answer = runs({ [NAME]: { name: "eth0" } });
    assert.equal(answer.stderr, "");
    assert.match(answer.stdout, / eth0 +inet 10\.9\.8\.7\/24 .*\n2\n$/);
  });

  test("plan shows the move without making it", () => {
    const path = session.bundle(["true"], {}, { netDevices: { [NAME]: { name: "eth0" } } });
    const { stdout } = onBothBuilds((program) => session.run(program, ["plan", "--bundle", path]));
    assert.match(stdout, /^runtime +net-device\.move +name=teu-test0 newName=eth0 # linux\.netDevices/m);
  });

  test("a name may leave its number to the kernel", () => {
    assert.match(runs({ [NAME]: { name: "net%d" } }).stdout, / net0 +inet 10\.9\.8\.7/);
  });

  test("names that clash, are missing or are none, and a host network, are refused", () => {
    const cases: readonly (readonly [unknown, RegExp, Record<string, unknown>?])[] = [
      [{ [NAME]: { name: "lo" } }, /linux\.netDevices\.teu-test0: .*"lo": file exists/],
      [{ "teu-none": {} }, /teu-none.*no such device/],
      [{ [NAME]: { name: "a/b" } }, /"a\/b" is not the name of a network interface/],
      [
        { [NAME]: {} },
        /linux\.netDevices: needs a network namespace/,
        { namespaces: [{ type: "mount" }, { type: "uts" }] },
      ],
    ];
    for (const [devices, message, linux] of cases) {
      const answer = runs(devices, linux);
      assert.equal(answer.status, 1);
      assert.match(answer.stderr, message);
    }
  });
});
