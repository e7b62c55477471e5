/**
 * `teu inspect`: containers and images, in the shape that docker gave to it.
 * @module
 */
import { type ContainerRecord, containerFolders, findContainer } from "@teu/engine/containers/record";
import { statusOf } from "@teu/engine/containers/status";
import type { Engine } from "@teu/engine/engine";
import { type StoredImage, findImage, imageRecords, imageUnknown } from "@teu/engine/images/find-image";
import { networkRecord } from "@teu/engine/network/connect";
import { volumePath } from "@teu/engine/containers/volumes";
import { isTeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { printJson } from "../image/output.ts";
import { openEngine } from "./open-engine.ts";

/** Runs the command. */
export const inspect: Action = async (invocation, host) => {
  const engine = openEngine(host);
  const type = invocation.option("type");
  const found = invocation.operands.map((text) => inspectOne(engine, text, type));
  const format = invocation.option("format") ?? "json";
  if (format === "json") printJson(host, found);
  else for (const value of found) host.out(`${fieldText(value, format)}\n`);
  return EXIT.ok;
};

function inspectOne(engine: Engine, text: string, type: string | undefined): object {
  if (type !== "image") {
    try {
      return containerJson(engine, findContainer(engine.folders, text));
    } catch (error) {
      if (type === "container" || !isTeuError(error, "ERR_CONTAINER_UNKNOWN")) throw error;
    }
  }
  const image = findImage(text, engine.folders);
  if (image === undefined) throw imageUnknown(text);
  return imageJson(engine, image);
}

function imageJson(engine: Engine, { name, descriptor }: StoredImage): object {
  const record = imageRecords(engine.folders).find(({ root }) => root === descriptor.digest);
  return {
    Id: record?.config ?? descriptor.digest,
    RepoTags: name === undefined ? [] : [name],
    Descriptor: descriptor,
    ...(record === undefined ? {} : { Manifest: record.manifest, ...configJson(record.image) }),
  };
}

function configJson({
  os,
  architecture,
  created,
  config,
  rootfs,
}: ReturnType<typeof imageRecords>[number]["image"]): object {
  return { Os: os, Architecture: architecture, Created: created, Config: config, RootFS: rootfs };
}

function containerJson(engine: Engine, record: ContainerRecord): object {
  const { folders } = engine;
  const own = containerFolders(folders, record.id);
  const now = statusOf(folders, record.id);
  const network = now.pid === 0 ? undefined : networkRecord(folders, record.id);
  const { options } = record;
  return {
    Id: record.id,
    Created: record.created,
    Path: record.args[0] ?? "",
    Args: record.args.slice(1),
    State: {
      Status: now.status,
      Running: now.status === "running" || now.status === "paused",
      Paused: now.status === "paused",
      Restarting: now.status === "restarting",
      OOMKilled: now.outOfMemory,
      Pid: now.pid,
      MonitorPid: now.monitorPid,
      ExitCode: now.exitCode ?? 0,
      StartedAt: now.startedAt ?? "",
      FinishedAt: now.finishedAt ?? "",
      ...(now.health === undefined
        ? {}
        : { Health: { Status: now.health.status, FailingStreak: now.health.failures, Last: now.health.last } }),
    },
    Image: record.imageConfig,
    ImageName: record.image,
    ImageDigest: record.imageManifest,
    Name: record.name,
    RestartCount: now.restarts,
    Config: { Hostname: record.hostname, Labels: options.labels, StopSignal: record.stopSignal, Health: record.health },
    Options: options,
    Mounts: record.volumes.map(({ name, target }) => ({
      Type: "volume",
      Name: name,
      Source: volumePath(folders, name),
      Destination: target,
    })),
    NetworkSettings: {
      Network: options.network,
      Addresses: network?.addresses ?? [],
      IPAddress: network?.addresses[0] ?? "",
      Ports: network?.ports ?? [],
    },
    Snapshot: record.snapshot,
    Bundle: own.bundle,
    LogPath: own.log,
  };
}

/** One field, as `State.Pid` or as docker's `{{.State.Pid}}`. */
function fieldText(value: object, format: string): string {
  const path = format.replace(/^\{\{\s*(?:json\s+)?\.?|\s*\}\}$/g, "").replace(/^\./, "");
  let found: unknown = value;
  for (const name of path.split(".").filter((part) => part !== ""))
    found =
      typeof found === "object" && found !== null ? (found as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof found === "string" ? found : (JSON.stringify(found) ?? "");
}
