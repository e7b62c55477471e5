/** Rows that agree with platform_windows_compat_test.go of github.com/containerd/platforms. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { platformOrder, runsOn } from "./platform-match.ts";
import type { Platform } from "./platform.ts";
import { compareVersions, runsWindowsVersion } from "./windows-version.ts";

const LTSC2019 = 17_763;
const LTSC2022 = 20_348;
const WIN11_22H2 = 22_621;
const SERVER_23H2 = 25_398;
const LTSC2025 = 26_100;

test("a host runs containers down to the stable release before it", () => {
  const rows = [
    [LTSC2019, LTSC2019, true],
    [LTSC2019, LTSC2022, false],
    [LTSC2022, LTSC2019, false],
    [LTSC2022, LTSC2022, true],
    [WIN11_22H2, LTSC2019, false],
    [WIN11_22H2, LTSC2022, true],
    [SERVER_23H2, LTSC2019, false],
    [SERVER_23H2, LTSC2022, true],
    [LTSC2025, LTSC2022, true],
    [LTSC2022, LTSC2025, false],
    [LTSC2022, WIN11_22H2, false],
    [LTSC2025, WIN11_22H2, true],
  ] as const;
  for (const [host, container, expected] of rows) {
    assert.equal(runsWindowsVersion(`10.0.${host}`, `10.0.${container}`), expected, `${host} ${container}`);
    assert.equal(runsWindowsVersion(`10.0.${host}.1`, `10.0.${container}.2`), expected, `${host} ${container}`);
  }
});

test("a version that is absent or no version decides nothing, except that a container's must be one", () => {
  assert.ok(runsWindowsVersion(undefined, "10.0.17763"));
  assert.ok(runsWindowsVersion("10.0.17763", undefined));
  assert.ok(runsWindowsVersion("10.0.17763", ""));
  assert.ok(runsWindowsVersion("eleven", "10.0.17763"));
  assert.ok(runsWindowsVersion("10.0", "10.0.17763"));
  assert.ok(runsWindowsVersion("10.0.99999", "10.0.17763"));
  assert.ok(!runsWindowsVersion("10.0.17763", "10.0"));
  assert.ok(!runsWindowsVersion("10.0.17763", "6.1.7601"));
  assert.ok(!runsWindowsVersion("10.0.17763", "10.1.17763"));
});

function windows(version?: string): Platform {
  return { os: "windows", architecture: "amd64", ...(version === undefined ? {} : { "os.version": version }) };
}

test("the newest version that runs comes first", () => {
  const linux = { os: "linux", architecture: "amd64" };
  const server2022 = windows("10.0.20348.3091");
  const server2025 = windows("10.0.26100.2894");
  const revision = windows("10.0.26100.3000");
  const rows = [
    [server2022, [linux, server2022, server2025], server2022],
    [server2025, [linux, server2022, server2025], server2025],
    [server2025, [linux, server2022, revision], revision],
  ] as const;
  for (const [host, images, first] of rows) assert.equal(images.toSorted(platformOrder(host))[0], first);
});

test("versions that do not run keep their order behind those that do", () => {
  const versions = ["10.0.17764.1", undefined, "10.0.17763.1", "10.0.17763.2", "10.0.17762.1"];
  const sorted = versions.map(windows).sort(platformOrder(windows("10.0.17763.1")));
  const expected = ["10.0.17763.2", "10.0.17763.1", undefined, "10.0.17764.1", "10.0.17762.1"];
  assert.deepEqual(sorted, expected.map(windows));
});

test("every host is taken to have win32k", () => {
  assert.ok(runsOn(windows(), { ...windows(), "os.features": ["win32k"] }));
  assert.ok(!runsOn(windows(), { ...windows(), "os.features": ["other"] }));
});

test("compareVersions compares numbers, not digits", () => {
  const sorted = ["10.0.9", "10.0", "10.0.10", "", "9.9.9.9"].sort(compareVersions);
  assert.deepEqual(sorted, ["", "9.9.9.9", "10.0", "10.0.9", "10.0.10"]);
  assert.equal(compareVersions("1.2", "1.2"), 0);
  assert.ok(compareVersions("1.2", "1.2.0") < 0);
  assert.ok(compareVersions("-110.0", undefined) > 0 && compareVersions(undefined, "-110.0") < 0);
});
