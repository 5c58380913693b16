// One tab of tabs.js.
import { parentPort, workerData } from "node:worker_threads";

import { createFeed } from "../../dist/index.js";
import { logIn } from "./session.js";

const { gateway, url, email, password } = workerData;
const { ticket } = await logIn(gateway, email, password);
const page = new EventTarget();
let granted = () => {};
const locks = {
  request: (name, { signal }, held) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      granted = () =>
        held().then(() => {
          parentPort.postMessage({ releases: true });
          resolve();
        });
      parentPort.postMessage({ asks: true });
    }),
};
parentPort.on("message", (told) => (told === "granted" ? granted() : page.dispatchEvent(new Event(told))));
const feed = createFeed({ baseUrl: url, ticket, user: email, locks, page, onLost() {} });
feed.subscribe(({ state, transport }) => parentPort.postMessage({ status: { state, transport } }));
feed.on("class_created", ({ data }) => parentPort.postMessage({ name: data.class_designation }));
