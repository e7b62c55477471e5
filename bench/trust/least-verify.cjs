/**
 * The least that verifying can be in Node: one request to the registry, and one signature.
 *   node bench/trust/least-verify.cjs HOST:PORT KEY
 */
"use strict";
const { createHash, createPublicKey, verify } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { connect } = require("node:net");

const [host = "", path = ""] = process.argv.slice(2);
const socket = connect({ host: host.replace(/:.*/, ""), port: Number(host.replace(/.*:/, "")) });
socket.write(`GET /v2/ HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
socket.once("data", (answer) => {
  createHash("sha256").update(answer).digest("hex");
  // Wrong signatures take as long as right ones.
  verify("sha256", answer, createPublicKey(readFileSync(path)), Buffer.from("3006020101020101", "hex"));
  socket.destroy();
});
