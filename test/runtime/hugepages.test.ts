import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const CONTROLLERS = "/sys/fs/cgroup/unified/cgroup.controllers";
const isApart = existsSync(CONTROLLERS) && readFileSync(CONTROLLERS, "utf8").includes("hugetlb");
const isMissing = isApart ? false : "needs a host of both versions that has huge pages in version 2";

suite("huge pages", { skip: skipContainers === false ? isMissing : skipContainers }, () => {
  const session = new ContainerSession();

  test("are limited in version 2 where version 1 knows nothing of them", () => {
    onBothBuilds((program) => {
      const resources = { hugepageLimits: [{ pageSize: "2MB", limit: 4_194_304 }] };
      const path = session.bundle(["sleep", "100"], {}, { resources, cgroupsPath: "/teu-hugepages" });
      assert.equal(session.run(program, ["run", "--detach", "-b", path, "huge"]).stderr, "");
      const limit = readFileSync("/sys/fs/cgroup/unified/teu-hugepages/hugetlb.2MB.max", "utf8");
      assert.equal(session.run(program, ["delete", "-f", "huge"]).stderr, "");
      assert.deepEqual(session.leftovers("huge"), []);
      return limit;
    });
  });
});
