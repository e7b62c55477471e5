/**
 * The least that a push can be in Node: the blobs of an image layout are read and sent, as many at once as there are, without
 * asking what is there, without a look at answers but for their status, and without a manifest.
 *   node bench/client/least-push.cjs LAYOUT HOST:PORT REPOSITORY
 */
"use strict";
const { closeSync, fstatSync, openSync, read, readdirSync } = require("node:fs");
const { connect } = require("node:net");

const CHUNK_BYTES = 2 * 1024 * 1024;
const [layout = "", host = "", repository = ""] = process.argv.slice(2);
const folder = `${layout}/blobs/sha256`;

for (const name of readdirSync(folder)) push(`${folder}/${name}`, `sha256:${name}`);

function push(path, digest) {
  const socket = connect({ host: host.replace(/:.*/, ""), port: Number(host.replace(/.*:/, "")) });
  socket.setNoDelay(true);
  socket.write(`POST /v2/${repository}/blobs/uploads/ HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 0\r\n\r\n`);
  socket.once("data", (answer) => {
    const { pathname, search } = new URL(/^location: (\S+)/im.exec(answer.toString("latin1"))[1], `http://${host}`);
    const fd = openSync(path);
    const bytes = fstatSync(fd).size;
    const target = `${pathname}${search}${search === "" ? "?" : "&"}digest=${digest}`;
    socket.write(`PUT ${target} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${bytes}\r\n\r\n`);
    socket.once("data", (end) => {
      if (!end.toString("latin1").startsWith("HTTP/1.1 201")) throw new Error(end.toString("latin1"));
      socket.destroy();
      closeSync(fd);
    });
    send(socket, fd, bytes);
  });
}

function send(socket, fd, bytes) {
  const buffers = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)];
  let [at, turn] = [0, 0];
  const next = () => {
    if (at >= bytes) return;
    turn = 1 - turn;
    read(fd, buffers[turn], 0, CHUNK_BYTES, at, (error, count) => {
      if (error !== null) throw error;
      at += count;
      socket.write(buffers[turn].subarray(0, count), next);
    });
  };
  next();
}
