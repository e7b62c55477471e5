import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { resolveUser } from "./users.ts";

const passwd =
  "root:x:0:0:root:/root:/bin/sh\n# comment\napp:x:1000:1001::/home/app:/bin/sh\nbad:x:-1:0::/:/\nlong:x:4294967296:0::/:/\n";
const group = "root:x:0:\napp:x:1001:\nwheel:x:10:root,app\naudio:x:29:app\n";
const files = { passwd, group };

suite("users of an image", () => {
  const cases: readonly (readonly [string, ReturnType<typeof resolveUser>])[] = [
    ["", { uid: 0, gid: 0, home: "/root" }],
    ["app", { uid: 1000, gid: 1001, additionalGids: [10, 29], home: "/home/app" }],
    ["1000", { uid: 1000, gid: 1001, home: "/home/app" }],
    ["1234", { uid: 1234, gid: 0 }],
    ["app:audio", { uid: 1000, gid: 29, home: "/home/app" }],
    ["app:77", { uid: 1000, gid: 77, home: "/home/app" }],
    ["5:wheel", { uid: 5, gid: 10 }],
    ["5:6", { uid: 5, gid: 6 }],
    ["4294967294:0", { uid: 4294967294, gid: 0 }],
  ];
  for (const [text, expected] of cases) test(`"${text}"`, () => assert.deepEqual(resolveUser(text, files), expected));

  test("who is unknown is an error, and so is a number that would wrap", () => {
    for (const text of ["nobody", "app:nobody", "4294967296", "4294967295", "-1", "long", "bad", "# comment"]) {
      assertCode(() => resolveUser(text, files), "ERR_USER_UNKNOWN");
    }
    assertCode(() => resolveUser("app", { passwd: undefined, group: undefined }), "ERR_USER_UNKNOWN");
  });
});
