// follow.js GATEWAY FEED EMAIL PASSWORD PLACE: prints a user's feed; PLACE is the file that keeps the cursor.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

import { createFeed } from "../../dist/index.js";
import { logIn } from "./session.js";

const [gateway, url, email, password, file] = process.argv.slice(2);
const { ticket, renew } = await logIn(gateway, email, password);
const show = (frame) => process.stdout.write(`${JSON.stringify(frame)}\n`);
const cursorStore = {
  get: () => (existsSync(file) ? readFileSync(file, "utf8") : ""),
  set(cursor) {
    writeFileSync(`${file}.new`, cursor);
    renameSync(`${file}.new`, file);
  },
};
const feed = createFeed({ baseUrl: url, ticket, renew, cursorStore, onLost() {} });
for (const event of ["*", "feed.ready", "feed.gap", "feed.expiring", "feed.drain"]) feed.on(event, show);
