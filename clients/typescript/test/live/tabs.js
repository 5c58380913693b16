// tabs.js ROUNDS GATEWAY FEED EMAIL PASSWORD: a thread is a tab. In each round a tab is opened, and the one that leads
// is killed in the middle of its work; what the one tab that is never killed lost or was told twice is printed.
import { Worker } from "node:worker_threads";

import { counted, creating, logIn, sleep, until } from "./session.js";

const [rounds, gateway, url, email, password] = process.argv.slice(2);
const teacher = await logIn(gateway, email, password);
const queue = [];

/** Opens a tab; the lock goes to the tabs in the order of their asking. */
function open() {
  const worker = new Worker(new URL("tab.js", import.meta.url), { workerData: { gateway, url, email, password } });
  const tab = { worker, names: [], status: undefined };
  const grant = () => queue[0]?.worker.postMessage("granted");
  const leave = () => {
    const leads = queue[0] === tab;
    if (queue.includes(tab)) queue.splice(queue.indexOf(tab), 1);
    if (leads) grant();
  };
  worker.on("exit", leave);
  worker.on("message", ({ asks, releases, status, name }) => {
    if (asks && queue.push(tab) === 1) grant();
    if (releases) leave();
    if (name) tab.names.push(name);
    tab.status = status ?? tab.status;
  });
  return tab;
}

const isLive = (tab) => until(() => tab.status?.state === "live");
await isLive(open());
const witness = open();
await isLive(witness);
const classes = creating(teacher);
let handovers = 0;
for (let round = 0; round < Number(rounds); round += 1) {
  await isLive(open());
  const enough = witness.names.length + 3;
  await until(() => witness.names.length > enough);
  if (queue[0] !== witness) {
    await queue[0].worker.terminate();
    handovers += 1;
  } else {
    witness.worker.postMessage("pagehide");
    await sleep(50);
    witness.worker.postMessage("pageshow");
  }
}
const made = await classes.stop();
await until(() => witness.names.length >= made);
await sleep(500);
console.log(JSON.stringify({ handovers, ...counted(witness.names, made), state: witness.status.state }));
process.exit();
