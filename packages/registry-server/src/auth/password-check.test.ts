import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hashPassword } from "./hash-password.ts";
import { PasswordCheck } from "./password-check.ts";

suite("PasswordCheck", () => {
  test("goes on after its thread ended for want of work", async () => {
    const users = new Map([["alice", await hashPassword("secret")]]);
    await using check = new PasswordCheck(users, Date.now, 1);
    for (let round = 0; round < 3; round += 1) {
      assert.equal(await check.check("alice", `wrong ${round}`), false);
      await sleep(20);
    }
    assert.equal(await check.check("alice", "secret"), true);
  });

  test("refuses more passwords than may wait", async () => {
    await using check = new PasswordCheck(new Map(), Date.now);
    const checks = Array.from({ length: 70 }, (_, index) => check.check("nobody", String(index)));
    const settled = Promise.allSettled(checks);
    await check[Symbol.asyncDispose]();
    const refused = (await settled).filter((one) => one.status === "rejected" && /too many/.test(String(one.reason)));
    assert.equal(refused.length, 6);
  });

  test("forgets which passwords were right when users are replaced", async () => {
    await using check = new PasswordCheck(new Map([["a", await hashPassword("one")]]));
    assert.equal(await check.check("a", "one"), true);
    check.replaceUsers(new Map([["a", await hashPassword("two")]]));
    assert.equal(await check.check("a", "one"), false);
    assert.equal(await check.check("a", "two"), true);
  });
});
