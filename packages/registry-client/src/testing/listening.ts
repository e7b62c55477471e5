/**
 * Servers of any kind on a free port of this machine, for tests.
 * @module
 */
import type * as net from "node:net";

/** A server that listens; it ends with all of its connections when disposed of. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Lets a server listen on a free port of the loopback interface. */
export async function listen(server: net.Server): Promise<Listening> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
