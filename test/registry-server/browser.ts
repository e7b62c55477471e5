/**
 * Chromium without a window, driven by its own protocol over a WebSocket.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type TempDir } from "@teu/testing/temp-dir";

/** One tab. Disposing of it ends the browser. */
export interface Tab extends AsyncDisposable {
  /** Opens an address and waits until it is shown. */
  readonly open: (url: string) => Promise<void>;
  /** The value of an expression in the page. */
  readonly read: (expression: string) => Promise<unknown>;
  /** Presses a key, such as `Tab` or `Enter`. */
  readonly press: (key: string) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  /** Waits for the next page to be shown. */
  readonly loaded: () => Promise<void>;
  /** Light or dark, and how wide. */
  readonly look: (scheme: "light" | "dark", width: number) => Promise<void>;
  /** A picture of the whole page, as PNG. */
  readonly picture: () => Promise<Buffer>;
  /** What the browser complained of. */
  readonly complaints: string[];
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
  readonly params?: Record<string, unknown>;
}

/** Starts a browser with one tab. */
export async function openTab(dir: TempDir): Promise<Tab> {
  const words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
  const place = [`--user-data-dir=${dir.join("browser")}`, "--remote-debugging-port=0", "about:blank"];
  const child = spawn("chromium", [...words, ...place], { stdio: ["ignore", "ignore", "pipe"] });
  const port = await debugPort(child.stderr);
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    type: string;
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets.find(({ type }) => type === "page")?.webSocketDebuggerUrl ?? "");
  await once(socket, "open");
  const session = new Session(socket);
  for (const domain of ["Page", "Runtime", "Log"]) await session.call(`${domain}.enable`);
  return {
    ...tabOf(session),
    [Symbol.asyncDispose]: async () => {
      socket.close();
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function debugPort(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const [, port] = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
    if (port !== undefined) return port;
  }
  throw new Error("chromium ended");
}

class Session {
  readonly complaints: string[] = [];
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  #events: (readonly [string, () => void])[] = [];
  #count = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data)) as Message));
  }

  #take({ id, method = "", result = {}, error, params = {} }: Message): void {
    const call = this.#calls.get(id ?? -1);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error.message));
    if (method === "Log.entryAdded") this.complaints.push(JSON.stringify(params["entry"]));
    if (method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(params));
    for (const [name, resolve] of this.#events) if (name === method) resolve();
    this.#events = this.#events.filter(([name]) => name !== method);
  }

  call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const turn = Promise.withResolvers<Record<string, unknown>>();
    this.#calls.set((this.#count += 1), turn);
    this.#socket.send(JSON.stringify({ id: this.#count, method, params }));
    return turn.promise;
  }

  event(name: string): Promise<void> {
    return new Promise((resolve) => void this.#events.push([name, resolve]));
  }
}

const KEYS: Readonly<Record<string, { readonly code: number; readonly text?: string }>> = {
  Tab: { code: 9 },
  Enter: { code: 13, text: "\r" },
};

function tabOf(session: Session): Omit<Tab, typeof Symbol.asyncDispose> {
  const loaded = (): Promise<void> => session.event("Page.loadEventFired");
  return {
    complaints: session.complaints,
    loaded,
    open: async (url) => {
      const shown = loaded();
      await session.call("Page.navigate", { url });
      await shown;
    },
    read: async (expression) => {
      const { result } = await session.call("Runtime.evaluate", { expression, returnByValue: true });
      return (result as { value?: unknown }).value;
    },
    press: async (key) => {
      const { code = 0, text } = KEYS[key] ?? {};
      const event = { key, code: key, windowsVirtualKeyCode: code };
      await session.call("Input.dispatchKeyEvent", {
        type: "keyDown",
        ...event,
        ...(text === undefined ? {} : { text }),
      });
      await session.call("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    },
    type: async (text) => void (await session.call("Input.insertText", { text })),
    look: async (scheme, width) => {
      await session.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      await session.call("Emulation.setDeviceMetricsOverride", {
        width,
        height: 800,
        deviceScaleFactor: 1,
        mobile: false,
      });
    },
    picture: async () => {
      const { data } = await session.call("Page.captureScreenshot", { captureBeyondViewport: true });
      return Buffer.from(String(data), "base64");
    },
  };
}
