// `node --import ./scripts/search/canary/register.mjs --import tsx ...` runs TypeScript with the
// deliberate bug that CLUBPAD_CANARY names. Before tsx, so that tsx compiles what is handed on.
import { register } from "node:module";

register("./load.mjs", import.meta.url);
