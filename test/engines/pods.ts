/**
 * Pods and their containers, as the kubelet asks an engine for them.
 * https://github.com/kubernetes/cri-api/blob/v0.34.0/pkg/apis/runtime/v1/api.proto
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { WireMessage } from "@teu/runtime/checkpoint/wire";
import type { Answer } from "./command.ts";
import { type Fields, GrpcClient } from "./grpc.ts";

/** The states of containers. */
export const CREATED = 0;
export const RUNNING = 1;
export const EXITED = 2;

/** What a container is to be. What is absent is left to the engine. */
export interface ContainerWish {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of the host, by where they are in the container; all are read-only. */
  readonly shared?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly memoryBytes?: number;
  /** Of 1024. */
  readonly cpuShares?: number;
  readonly user?: number;
  readonly readOnly?: boolean;
  readonly dropAll?: boolean;
  readonly noNewPrivileges?: boolean;
  /** Whether all containers of the pod see each other's processes. */
  readonly sharesPids?: boolean;
}

/** A pod that runs. */
export interface Pod {
  readonly id: string;
  readonly config: Fields;
}

const NETWORK_OF_NODE = 2;
const OF_CONTAINER = 1;
const OF_POD = 0;
const WAIT_TRIES = 200;
const TRY_MS = 100;

/** Speaks as the kubelet does. */
export class Kubelet implements Disposable {
  readonly #client: GrpcClient;

  constructor(socket: string) {
    this.#client = new GrpcClient(socket);
  }

  /** Starts a pod in the network of the node. @param handler The name of its runtime. @param logs Folder of its logs. */
  async runPod(name: string, handler: string, logs: string): Promise<Pod> {
    const config = {
      1: { 1: name, 2: `uid-${name}`, 3: "default" },
      3: logs,
      8: { 2: { 1: { 1: NETWORK_OF_NODE, 2: OF_POD }, 9: {} } },
    };
    const answer = await this.#call("RunPodSandbox", { 1: config, 2: handler });
    return { id: answer.string(1), config };
  }

  /** Stops and removes a pod with all of its containers. */
  async removePod({ id }: Pod): Promise<void> {
    await this.#call("StopPodSandbox", { 1: id });
    await this.#call("RemovePodSandbox", { 1: id });
  }

  /** Makes a container; returns its id. Its log is `NAME.log`. */
  async create(pod: Pod, wish: ContainerWish): Promise<string> {
    const answer = await this.#call("CreateContainer", { 1: pod.id, 2: containerConfig(wish), 3: pod.config });
    return answer.string(1);
  }

  async start(id: string): Promise<void> {
    await this.#call("StartContainer", { 1: id });
  }

  /** Stops a container; one that does not end within `seconds` is killed. */
  async stop(id: string, seconds: number): Promise<void> {
    await this.#call("StopContainer", { 1: id, 2: seconds });
  }

  async remove(id: string): Promise<void> {
    await this.#call("RemoveContainer", { 1: id });
  }

  /** Runs a later process of a container to its end. */
  async exec(id: string, args: readonly string[]): Promise<Answer> {
    const answer = await this.#call("ExecSync", { 1: id, 2: args, 3: 20 });
    return { stdout: answer.string(1), stderr: answer.string(2), code: answer.number(3) };
  }

  /** The state of a container, its exit code, and what is said of its end. */
  async status(id: string): Promise<{ readonly state: number; readonly code: number; readonly reason: string }> {
    const status = (await this.#call("ContainerStatus", { 1: id })).message(1);
    return { state: status.number(3), code: status.number(7), reason: status.string(10) };
  }

  /** Waits for the end of a container; returns its exit code. */
  async wait(id: string): Promise<number> {
    for (let tries = 0; tries < WAIT_TRIES; tries++) {
      const { state, code } = await this.status(id);
      if (state === EXITED) return code;
      await sleep(TRY_MS);
    }
    throw new Error(`container ${id} does not end`);
  }

  /** Memory that a container uses, in bytes. */
  async memory(id: string): Promise<number> {
    return (await this.#call("ContainerStats", { 1: id })).message(1).message(3).message(2).number(1);
  }

  async setMemory(id: string, bytes: number): Promise<void> {
    await this.#call("UpdateContainerResources", { 1: id, 2: { 4: bytes } });
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  async #call(method: string, message: Fields): Promise<WireMessage> {
    return await this.#client.call(`/runtime.v1.RuntimeService/${method}`, message);
  }
}

function containerConfig(wish: ContainerWish): Fields {
  return {
    1: { 1: wish.name },
    2: { 1: wish.image },
    3: wish.command,
    5: wish.folder,
    6: Object.entries(wish.env ?? {}).map(([name, value]) => ({ 1: name, 2: value })),
    7: Object.entries(wish.shared ?? {}).map(([path, source]) => ({ 1: path, 2: source, 3: true })),
    11: `${wish.name}.log`,
    14: wish.terminal,
    15: { 1: { 3: wish.cpuShares, 4: wish.memoryBytes }, 2: securityContext(wish) },
  };
}

function securityContext(wish: ContainerWish): Fields {
  return {
    1: wish.dropAll === true ? { 2: "ALL" } : undefined,
    3: { 1: NETWORK_OF_NODE, 2: wish.sharesPids === true ? OF_POD : OF_CONTAINER },
    5: wish.user === undefined ? undefined : { 1: wish.user },
    7: wish.readOnly,
    11: wish.noNewPrivileges,
    13: ["/proc/kcore", "/proc/keys"],
    14: ["/proc/sys"],
    15: {},
  };
}
