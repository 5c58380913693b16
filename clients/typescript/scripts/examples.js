// Writes the TypeScript of each of this folder's pages to test/examples/, where `npm run check` compiles it. The blocks
// of a page are one module, since they build on each other.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const EXAMPLES = join(ROOT, "test", "examples");
const PAGES = [".", "docs"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".md")).map((name) => join(ROOT, folder, name)),
);

rmSync(EXAMPLES, { recursive: true, force: true });
mkdirSync(EXAMPLES);
for (const page of PAGES) {
  const blocks = [...readFileSync(page, "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  writeFileSync(join(EXAMPLES, `${basename(page, ".md")}.ts`), `${blocks.join("\n")}\nexport {};\n`);
}
