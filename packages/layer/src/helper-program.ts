/**
 * The program `teu-layer`: where it is, how it is run, and what it says when it fails.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";
import { TeuError } from "@teu/std/error";
import { displayName } from "./byte-path.ts";
import type { LayerErrorCode } from "./errors.ts";

/** The path of the program that belongs to this library; undefined where there is none, as off Linux. */
export function helperPath(): string | undefined {
  if (process.platform !== "linux") return undefined;
  const path = fileURLToPath(new URL("../dist/teu-layer", import.meta.url));
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/**
 * The program for work that cannot be done without it, even where `given` is `none`.
 * @param action For the message: what is to be done, such as `Packing "/tree"`.
 * @throws TeuError `ERR_HELPER` where there is none
 */
export function requireHelper(given: string | undefined, action: string): string {
  const path = given === "none" ? undefined : (given ?? helperPath());
  if (path !== undefined) return path;
  const message = `${action}: there is no teu-layer, expected it beside the library`;
  throw new TeuError<LayerErrorCode>("ERR_HELPER", message);
}

/** The program at work. */
export class HelperProcess implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #subject: string;
  readonly #ended: Promise<number>;
  #stderr = "";
  #cause: Error | undefined;

  /** @param mode `apply`, `scan` or `read` */
  constructor(program: string, mode: string, root: string) {
    this.#subject = root;
    // A group of its own keeps Ctrl-C away from it: it ends when its input does.
    this.child = spawn(program, [mode, root], { stdio: "pipe", detached: true, env: {} });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    // A program that is gone is noticed by its exit; what cannot be written any more says nothing further.
    this.child.stdin.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      this.child.on("error", (error) => {
        this.#cause = error;
        resolve(-1);
      });
      this.child.on("close", (code) => resolve(code ?? -1));
    });
  }

  /** Waits for the end. @throws TeuError `ERR_APPLY` for what the program reports, `ERR_HELPER` where it ends in another way */
  async end(): Promise<void> {
    if ((await this.#ended) !== 0) throw this.#failure();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.stdin.destroy();
    this.child.stdout.destroy();
    if (this.child.exitCode === null && this.#cause === undefined) this.child.kill("SIGKILL");
    await this.#ended;
  }

  #failure(): TeuError<LayerErrorCode> {
    const report = readReport(this.#stderr);
    const where = JSON.stringify(this.#subject);
    if (report !== undefined) {
      const detail = { operation: report.operation, subject: report.subject, errno: report.errno };
      const message =
        report.errno === 0 ? report.message : `${report.operation} "${displayName(report.subject)}": ${report.text}`;
      return new TeuError("ERR_APPLY", `Working on the tree ${where}: ${message}`, { detail });
    }
    const how = this.#cause === undefined ? this.#stderr.slice(0, 500) || "it was killed" : this.#cause.message;
    const options = this.#cause === undefined ? {} : { cause: this.#cause };
    return new TeuError("ERR_HELPER", `Running teu-layer on ${where}: ${how}, expected it to end well`, options);
  }
}

interface Report {
  readonly operation: string;
  readonly subject: string;
  readonly errno: number;
  readonly message: string;
  /** The message without operation and subject. */
  readonly text: string;
}

function readReport(text: string): Report | undefined {
  try {
    const { operation, subject, errno, message } = JSON.parse(text) as Report;
    const colon = message.lastIndexOf(": ");
    return { operation, subject, errno, message, text: message.slice(colon + 2) };
  } catch {
    return undefined;
  }
}
