#!/usr/bin/env node
// Starts the command line straight from its TypeScript source, from whatever folder it is called.
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

register({ tsconfig: fileURLToPath(new URL("../tsconfig.json", import.meta.url)) });
await import("./cli/main.ts");
