/**
 * All clients of the monitor: who comes, who looks on, who has so much to take that the container has to wait.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";
import { waitReady } from "@teu/kernel/descriptors";
import { CWD, unlinkAt } from "@teu/kernel/files";
import { SOCK_STREAM, accept, bindUnix, listen } from "@teu/kernel/sockets";
import { Client } from "./client.ts";

const SOCKET = "attach";
/** How long clients may take for the last of it. */
const FLUSH_MS = 10_000;
/** How long clients may take to leave after that: on a busy machine one may not get its turn for seconds. */
const LEAVE_MS = 30_000;
/** A client that has more than this to take holds the container up. */
const MAX_PENDING_BYTES = 1024 * 1024;

/** The clients, and the socket that they come to. */
export class Clients {
  /** The socket; one more client is there when it can be read. */
  readonly listener: number;
  /** The client that started the monitor, as long as it is there. */
  starter: Client | undefined = undefined;
  private all: Client[] = [];

  /** @param starter socket of the client that started the monitor, or -1 */
  constructor(starter: number) {
    unlinkAt(CWD, SOCKET);
    this.listener = bindUnix(SOCKET, SOCK_STREAM);
    listen(this.listener);
    if (starter >= 0) {
      this.starter = new Client(starter);
      this.all.push(this.starter);
    }
  }

  /** Whether nobody waits for the end any more who started it. */
  get areAlone(): boolean {
    return this.starter === undefined || this.starter.gone;
  }

  /** Whether one has so much to take that the container has to wait. */
  get areFull(): boolean {
    return this.all.some((client) => client.attached && client.pending > MAX_PENDING_BYTES);
  }

  /** What they can be heard on. */
  get readers(): number[] {
    return fdsOf(this.all);
  }

  /** Those of {@link readers} that something waits for. */
  get writers(): number[] {
    return fdsOf(this.all.filter((client) => client.pending > 0));
  }

  /** Takes in who has come. */
  accept(): void {
    this.all.push(new Client(accept(this.listener)));
  }

  /** The client of a socket. */
  at(fd: number): Client | undefined {
    return this.all.find((client) => client.fd === fd);
  }

  /** Tells everyone. */
  tell(type: number, body: Uint8Array): void {
    for (const client of this.all) client.send(type, body);
  }

  /** Tells those that look on. */
  show(type: number, body: Uint8Array): void {
    for (const client of this.all) if (client.attached) client.send(type, body);
  }

  /** Closes and forgets those that are gone; gives them. */
  dropGone(): Client[] {
    const gone = this.all.filter((client) => client.gone);
    if (gone.length === 0) return gone;
    this.all = this.all.filter((client) => !client.gone);
    for (const client of gone) client.close();
    return gone;
  }

  /** Waits until all have what waits for them. */
  finish(): void {
    const endMs = monotonicMs() + FLUSH_MS;
    for (let left = this.unsent(endMs); left.length > 0; left = this.unsent(endMs)) {
      waitReady([], fdsOf(left), FLUSH_MS);
      for (const client of left) client.flush();
    }
    this.hearOut();
  }

  /** Lets clients leave first: one that writes to a monitor that is gone never reads what it was told last. */
  private hearOut(): void {
    const endMs = monotonicMs() + LEAVE_MS;
    for (;;) {
      const here = this.all.filter((client) => !client.gone);
      const leftMs = endMs - monotonicMs();
      if (here.length === 0 || leftMs <= 0) return;
      const ready = waitReady(fdsOf(here), [], Math.ceil(leftMs));
      for (const client of here) if (ready.readable.includes(client.fd)) client.receive();
    }
  }

  /** No more clients find the socket. */
  hide(): void {
    unlinkAt(CWD, SOCKET);
  }

  /** Clients with something to take yet: those that look at the output for as long as it takes, others until `endMs`. */
  private unsent(endMs: number): Client[] {
    const isLate = monotonicMs() >= endMs;
    return this.all.filter((client) => client.pending > 0 && !client.gone && (client.attached || !isLate));
  }
}

function fdsOf(clients: readonly Client[]): number[] {
  return clients.map((client) => client.fd);
}
