/** `node --import` this before tsx, with the canary's name in CLUBPAD_CANARY. */
import { register } from "node:module";

register("./hooks.mjs", import.meta.url, { data: process.env.CLUBPAD_CANARY });
