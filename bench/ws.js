// Node's `ws` as its documentation writes it: what one of a room says is sent to all in it, and nothing is kept.
"use strict";
const { createServer } = require("node:http");
const { WebSocketServer } = require(process.env.BENCH_WS || "ws");

if (process.argv.includes("--look")) process.exit(0);
const rooms = new Map();
const http = createServer();
new WebSocketServer({ server: http }).on("connection", (socket, request) => {
  const members = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, members.add(socket));
  socket.on("error", () => {});
  socket.on("close", () => members.delete(socket));
  socket.on("message", (data, isBinary) => {
    for (const member of members) member.send(data, { binary: isBinary });
  });
});
http.listen(0, "127.0.0.1", 1024, () => console.log(http.address().port));
