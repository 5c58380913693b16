// Bundles the library for the sandbox's page, which has no build step of its own: `npm run bundle`.
import { fileURLToPath } from "node:url";

const STATIC = fileURLToPath(new URL("../../sandbox/dashboard/static", import.meta.url));

export default {
  input: { edge: "src/index.ts" },
  output: {
    dir: STATIC,
    format: "esm",
    minify: true,
    entryFileNames: "[name].js",
    chunkFileNames: "edge-[name].js",
  },
};
