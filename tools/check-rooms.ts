/**
 * Holds the plan of the house: who may import whom, and that manifests and project references say what imports say.
 *   sh tools/run tools/check-rooms.ts
 * @module
 */
import { type Room, type RoomFile, type TierRule, type Tiers, importsOf, readRooms, readTiers } from "./rooms.ts";

const SCOPE = "@teu/";
const NAMES: Readonly<Record<string, string>> = { cli: "teu" };
const EXPORTS = {
  "./internal/*": null,
  "./*": { "@teu/source": "./src/*.ts", types: "./dist/*.d.ts", default: "./dist/*.js" },
};

if (import.meta.main) {
  const problems = checkRooms(readRooms(), readTiers());
  for (const problem of problems) console.error(`rooms: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** Every way in which `rooms` break the rules of the house, one line each. */
export function checkRooms(rooms: readonly Room[], tiers: Tiers): string[] {
  return [...rooms.flatMap((room) => checkRoom(room, tiers)), ...checkUsersOfStd(rooms, tiers)];
}

function checkRoom(room: Room, tiers: Tiers): string[] {
  const rule = tiers.tiers[room.name];
  if (rule === undefined) return [`packages/${room.name} is not in tools/tiers.json`];
  return [
    ...room.files.flatMap((file) => checkFile(room, file, tiers)),
    ...checkManifest(room),
    ...checkReferences(room),
  ];
}

function checkFile(room: Room, file: RoomFile, tiers: Tiers): string[] {
  const rule = tiers.tiers[room.name];
  if (rule === undefined) return [];
  const problems = importsOf(file.text).map((module) => {
    if (module.startsWith(SCOPE)) return roomProblem(room, file, module, tiers);
    if (module.startsWith("node:")) return nodeProblem(rule, file, module);
    if (module.startsWith(".")) return relativeProblem(file, module);
    return undefined;
  });
  return problems
    .filter((problem) => problem !== undefined)
    .map((problem) => `packages/${room.name}/src/${file.path} ${problem}`);
}

function roomProblem(room: Room, file: RoomFile, module: string, tiers: Tiers): string | undefined {
  const [other = "", ...inside] = module.slice(SCOPE.length).split("/");
  if (inside.length === 0) return `imports all of ${module}: name the file`;
  if (inside.includes("internal")) return `imports ${module}, which is internal to ${other}`;
  if (tiers.tiers[other] === undefined) return `imports ${module}, which is no room`;
  return arrowProblem(room.name, other, file, tiers);
}

function arrowProblem(from: string, to: string, { isTest }: RoomFile, { tiers }: Tiers): string | undefined {
  if (isTest && (from === to || tiers[to]?.testsOnly === true)) return undefined;
  if (from === to) return `imports its own room as ${SCOPE}${to}: use a relative path`;
  if (tiers[to]?.testsOnly === true) return `imports ${SCOPE}${to}, which is for tests`;
  const allowed = tiers[from]?.imports ?? [];
  if (allowed.includes("*") || allowed.includes(to)) return undefined;
  return `imports ${SCOPE}${to}: ${from} may import ${allowed.length > 0 ? allowed.join(", ") : "no other room"}`;
}

function nodeProblem(rule: TierRule, file: RoomFile, module: string): string | undefined {
  if (file.isTest) return undefined;
  const barred = rule.without?.find((start) => module.startsWith(start));
  return barred === undefined ? undefined : `imports ${module}: this room does without ${barred}`;
}

function relativeProblem(file: RoomFile, module: string): string | undefined {
  const depth = file.path.split("/").length - 1;
  const ups = module.split("/").filter((part) => part === "..").length;
  return ups > depth ? `imports ${module}, which is outside its room` : undefined;
}

function checkManifest({ name, manifest, files }: Room): string[] {
  const problems: string[] = [];
  const expected = NAMES[name] ?? SCOPE + name;
  if (manifest.name !== expected) problems.push(`is named ${manifest.name}, expected ${expected}`);
  if (name !== "cli" && !isRoomExports(manifest.exports)) {
    problems.push(`exports differ from ${JSON.stringify(EXPORTS)}; more folders may be closed`);
  }
  const used = roomsUsed(files);
  const declared = Object.keys(manifest.dependencies ?? {}).filter((dependency) => dependency.startsWith(SCOPE));
  for (const missing of used.filter((other) => !declared.includes(SCOPE + other)))
    problems.push(`imports ${SCOPE}${missing} but does not depend on it`);
  for (const extra of declared.filter((other) => !used.includes(other.slice(SCOPE.length))))
    problems.push(`depends on ${extra} but does not import it`);
  return problems.map((problem) => `packages/${name}/package.json ${problem}`);
}

/** Every file is open but those of `internal` and of other folders that are closed. */
function isRoomExports(exports: unknown): boolean {
  const entries = Object.entries(exports ?? {}).filter(([name, target]) => target !== null || name === "./internal/*");
  return JSON.stringify(Object.fromEntries(entries)) === JSON.stringify(EXPORTS);
}

function checkReferences({ name, references, files }: Room): string[] {
  const used = roomsUsed(files);
  const missing = used.filter((other) => !references.includes(other)).map((other) => `misses a reference to ${other}`);
  const extra = references
    .filter((other) => !used.includes(other))
    .map((other) => `has a reference to ${other} without an import`);
  return [...missing, ...extra].map((problem) => `packages/${name}/tsconfig.json ${problem}`);
}

/** The other rooms that the published files of a room import. */
function roomsUsed(files: readonly RoomFile[]): string[] {
  const modules = files.filter(({ isTest }) => !isTest).flatMap(({ text }) => importsOf(text));
  const rooms = modules
    .filter((module) => module.startsWith(SCOPE))
    .map((module) => module.slice(SCOPE.length).split("/")[0] ?? "");
  return [...new Set(rooms)].toSorted();
}

/** `std` holds what two rooms need: each of its files has two users, or waits for rooms that will use it. */
function checkUsersOfStd(rooms: readonly Room[], { awaited }: Tiers): string[] {
  const std = rooms.find(({ name }) => name === "std");
  const files = (std?.files ?? []).filter(
    ({ isTest, path }) => !isTest && path !== "errors.ts" && !path.startsWith("internal/"),
  );
  return files.flatMap(({ path }) => {
    const file = path.replace(/\.ts$/, "");
    const users = rooms
      .filter((room) => room.files.some(({ text }) => importsOf(text).includes(`${SCOPE}std/${file}`)))
      .map(({ name }) => name);
    const waiting = awaited[file];
    if (users.length >= 2)
      return waiting === undefined ? [] : [`std/${file} has its two users: take it off "awaited" in tools/tiers.json`];
    if (waiting !== undefined) return [];
    const found = users.length === 0 ? "no room" : `only ${users.join()}`;
    return [
      `packages/std/src/${path} is used by ${found}: move it there, or name the rooms it waits for under "awaited" in tools/tiers.json`,
    ];
  });
}
