// soak.js CUTS TRANSPORT GATEWAY FEED EMAIL PASSWORD: cuts the feed's connection so many times while classes are being
// created, and prints what was lost and what came twice.
import net from "node:net";

import { createFeed } from "../../dist/index.js";
import { counted, creating, logIn, sleep, until } from "./session.js";

const [cuts, transport, gateway, url, email, password] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const lines = new Set();
const proxy = net.createServer((client) => {
  const server = net.connect(Number(port), hostname);
  const cut = () => {
    client.resetAndDestroy();
    server.destroy();
    lines.delete(cut);
  };
  lines.add(cut);
  for (const [one, other] of [[client, server], [server, client]]) one.on("error", cut).on("close", cut).pipe(other);
});
await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));

const teacher = await logIn(gateway, email, password);
const names = [], lost = [];
let reconnects = -1;
const feed = createFeed({
  baseUrl: `ws://127.0.0.1:${proxy.address().port}`,
  ticket: teacher.ticket,
  onLost: (what) => lost.push(what),
  random: () => Math.random() * 0.003,
  ...(transport === "stream" && { WebSocket: null }),
});
feed.subscribe(({ state }) => (reconnects += state === "live"));
feed.on("class_created", async ({ data }) => {
  if (Math.random() < 0.1) await sleep(3);
  names.push(data.class_designation);
});
await until(() => feed.status.state === "live");
const classes = creating(teacher);
for (let count = 0; count < Number(cuts); count += 1) {
  await sleep(Math.random() * 100);
  await until(() => feed.status.state === "live");
  for (const cut of [...lines]) cut();
  await until(() => feed.status.state !== "live");
}
const made = await classes.stop();
await until(() => names.length >= made);
await sleep(500);
console.log(JSON.stringify({ reconnects, ...counted(names, made), told: lost.length, transport: feed.status.transport }));
process.exit();
