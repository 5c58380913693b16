import { gzipSync } from "node:zlib";

import { type OutputChunk, rolldown } from "rolldown";
import { expect, test } from "vitest";

const KILOBYTE = 1024;

/** Bundles an entry as a dashboard would, minified, and returns its chunks by name. */
async function bundled(entry: string): Promise<OutputChunk[]> {
  const bundle = await rolldown({ input: new URL(entry, import.meta.url).pathname, external: ["vue", "react"] });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return output.filter((each) => each.type === "chunk");
}

const gzipped = (chunks: OutputChunk[]) => chunks.reduce((sum, each) => sum + gzipSync(each.code).length, 0);
const isText = (chunk: OutputChunk) => chunk.moduleIds.some((id) => /\/(texts|generated)\/(en|sv)\.ts$/.test(id));

test("everything but the texts is at most 10 KB, gzip", async () => {
  const chunks = (await bundled("../src/index.ts")).filter((each) => !isText(each));

  console.info(`main: ${chunks.reduce((sum, each) => sum + each.code.length, 0)} B, gzip ${gzipped(chunks)} B`);
  expect(gzipped(chunks)).toBeLessThanOrEqual(10 * KILOBYTE);
});

test("the texts of a language are a file of their own, at most 5 KB, gzip", async () => {
  const texts = (await bundled("../src/index.ts")).filter(isText);

  for (const each of texts) console.info(`${each.fileName}: ${each.code.length} B, gzip ${gzipped([each])} B`);
  expect(texts.map((each) => each.fileName.slice(0, 3)).sort()).toEqual(["en-", "sv-"]);
  expect(texts.every((each) => each.isDynamicEntry)).toBe(true);
  expect(texts.every((each) => gzipped([each]) <= 5 * KILOBYTE)).toBe(true);
});

test.each(["vue", "react"])("the hooks of %s are at most 2 KB, gzip", async (entry) => {
  const chunks = await bundled(`../src/${entry}.ts`);

  console.info(`${entry}: ${chunks.reduce((sum, each) => sum + each.code.length, 0)} B, gzip ${gzipped(chunks)} B`);
  expect(gzipped(chunks)).toBeLessThanOrEqual(2 * KILOBYTE);
});
