/**
 * The socket that the runtime sends the master of a container's terminal to.
 * @see https://github.com/opencontainers/runc/blob/v1.2.0/docs/terminals.md
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { CWD, unlinkAt } from "@teu/kernel/files";
import { SOCK_STREAM, accept, bindUnix, listen, receive } from "@teu/kernel/sockets";

const SOCKET = "console";
const NONE = -1;
const MESSAGE_BYTES = 4096;

/** The socket, where a container is to have a terminal. */
export class ConsoleSocket {
  /** The runtime has something to send when it can be read; -1 where nothing is awaited. */
  fd: number = NONE;

  /** Begins to listen; what tells the runtime of it. */
  open(): string[] {
    unlinkAt(CWD, SOCKET);
    this.fd = bindUnix(SOCKET, SOCK_STREAM);
    listen(this.fd);
    return ["--console-socket", SOCKET];
  }

  /** The master of the terminal that has come, or -1; nothing more is awaited. */
  take(): number {
    const connection = accept(this.fd);
    const message = receive(connection, MESSAGE_BYTES);
    close(connection);
    this.close();
    return message?.fds[0] ?? NONE;
  }

  close(): void {
    close(this.fd);
    this.fd = NONE;
  }
}
