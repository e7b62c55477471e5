/**
 * Makes a container of an image: everything up to its first start.
 * @module
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { Mount } from "../config/mounts.ts";
import type { ContainerOptions } from "../config/options.ts";
import { type IdRun, argsOf, configText, runtimeConfig } from "../config/runtime-config.ts";
import { type Engine, tryFindProgram } from "../engine.ts";
import type { EngineErrorCode } from "../errors.ts";
import { writeRecord } from "../files.ts";
import type { ReadyImage } from "../images/ready-image.ts";
import { networkFiles, writeNetworkFiles } from "../network/network-files.ts";
import { randomId } from "../random-id.ts";
import { beginContainer, endDraft, noteDraft } from "./drafts.ts";
import { healthOf } from "./health.ts";
import {
  type ContainerFolders,
  type ContainerRecord,
  type VolumeUse,
  RECORD,
  containerFolders,
  freeName,
  randomName,
} from "./record.ts";
import { makeSnapshot, rootPath, snapshotKind } from "./snapshot.ts";
import { type IdRanges, subordinateIds } from "./subordinate-ids.ts";
import { planMounts, removeAnonymous } from "./volumes.ts";

const SHORT_ID = 12;
const DEFAULT_STOP_SECONDS = 10;

/** What to make. */
export interface NewContainer {
  /** Default: a random one that is free. */
  readonly name?: string | undefined;
  readonly image: ReadyImage;
  readonly options: ContainerOptions;
}

/**
 * Makes a container. After a failure there is none.
 * @throws TeuError `ERR_CONTAINER_NAME`, `ERR_CONTAINER_OPTION`, `ERR_USER_UNKNOWN`
 */
export async function createContainer(engine: Engine, wanted: NewContainer): Promise<ContainerRecord> {
  const { folders } = engine;
  const id = randomId();
  for (const path of [folders.containers, folders.names, folders.volumes, folders.run, folders.runtime])
    mkdirSync(path, { recursive: true, mode: 0o711 });
  const record = newRecord(engine, id, wanted);
  await beginContainer(engine, id, record.name);
  const own = containerFolders(folders, id);
  let volumes: readonly VolumeUse[] = [];
  try {
    makeSnapshot(engine, record, own);
    const planned = planMounts(wanted.options, wanted.image.record, {
      folders,
      note: (noted) => {
        volumes = noted;
        noteDraft(engine, id, { name: record.name, volumes });
      },
    });
    const complete = { ...record, volumes: planned.volumes };
    writeBundle(engine, complete, { own, mounts: planned.mounts, wanted });
    if (record.snapshot === "copy" || planned.fresh.length > 0) {
      const { fillContainer } = await import("./fill.ts");
      await fillContainer(engine, complete, planned.fresh);
    }
    writeRecord(join(own.home, RECORD), complete);
    endDraft(engine, id);
    return complete;
  } catch (error) {
    rmSync(own.home, { recursive: true, force: true });
    removeAnonymous(folders, volumes);
    freeName(folders, record.name, id);
    throw error;
  }
}

function newRecord(engine: Engine, id: string, { name, image, options }: NewContainer): ContainerRecord {
  const { record } = image;
  const health = healthOf(options.health, record.image.config?.Healthcheck);
  const args = argsOf({ image: record, options });
  if (args.length === 0) {
    const message = `Making a container of "${image.name}": the image names no command, expected one behind its name`;
    throw new TeuError<EngineErrorCode>("ERR_CONTAINER_OPTION", message);
  }
  return {
    id,
    name: name ?? randomName(),
    image: image.name,
    imageRoot: record.root,
    imageManifest: record.manifest,
    imageConfig: record.config,
    created: new Date().toISOString(),
    args,
    hostname:
      options.hostname ??
      (options.network === "host" ? process.getBuiltinModule("node:os").hostname() : id.slice(0, SHORT_ID)),
    stopSignal: options.stopSignal ?? record.image.config?.StopSignal ?? "SIGTERM",
    stopTimeoutSeconds: options.stopTimeoutSeconds ?? DEFAULT_STOP_SECONDS,
    ...(health === undefined ? {} : { health }),
    volumes: [],
    layers: record.layers,
    snapshot: snapshotKind(engine),
    options,
  };
}

interface BundleInput {
  readonly own: ContainerFolders;
  readonly mounts: readonly Mount[];
  readonly wanted: NewContainer;
}

function writeBundle(engine: Engine, record: ContainerRecord, { own, mounts, wanted }: BundleInput): void {
  const { options, image } = wanted;
  writeNetworkFiles(own.home, record);
  const config = runtimeConfig({
    id: record.id,
    image: image.record,
    options,
    rootPath: rootPath(record, own),
    hostname: record.hostname,
    mounts,
    files: networkFiles(own.home),
    init: options.init ? initProgram(engine) : undefined,
    rootless: engine.folders.rootless,
    ids: engine.folders.rootless ? idsInside(engine) : undefined,
  });
  writeFileSync(join(own.bundle, "config.json"), configText(config), { mode: 0o600 });
}

function idsInside({ env }: Engine): NonNullable<Parameters<typeof runtimeConfig>[0]["ids"]> {
  const { uids, gids } = subordinateIds(env);
  const runs = (ranges: IdRanges): IdRun[] => ranges.map(([first, , count]) => ({ first, count }));
  return { uids: runs(uids), gids: runs(gids) };
}

const INIT_PROGRAMS = ["catatonit", "tini", "docker-init", "/usr/libexec/podman/catatonit"];

function initProgram({ env }: Engine): string {
  for (const name of INIT_PROGRAMS) {
    const path = tryFindProgram(name, env);
    if (path !== undefined) return path;
  }
  throw new TeuError<EngineErrorCode>("ERR_ENGINE_PROGRAM", "Option --init: there is neither catatonit nor tini", {
    hint: "Install the package catatonit or tini",
  });
}
