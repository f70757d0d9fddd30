/** Reads vectors.json, the published and cross-checked values; their sources stand beside them. */

import { readFileSync } from "node:fs";

interface Authentication {
  id: string;
  uid: string;
  key: string;
  nt: string;
  nr: string;
  ar: string;
  at: string;
  nrEnc: string;
  arEnc: string;
  atEnc: string;
  ks0: string;
  ks1: string;
  ks2: string;
  ks3: string;
  frames?: { dir: "rdr" | "tag"; enc: string; plain: string }[];
}

interface Decryption {
  id: string;
  uid: string;
  key: string;
  nt: string;
  nrEnc: string;
  dataAfterAt: string;
  plain: string;
}

interface DemoPass {
  nt: string;
  nrArEnc: string;
  nrArParErr: number[];
  atEnc: string;
  atParErr: number[];
  nextCmdPlain: string;
  nextCmdEnc: string;
  nextCmdParErr: number[];
}

interface Vectors {
  authentications: Authentication[];
  decryptions: Decryption[];
  keystreams: { id: string; key: string; n: number; ks: string }[];
  successors: { id: string; nt: string; n: number; out: string }[];
  protocolDemo: {
    uid: string;
    key: string;
    nr: string;
    first: DemoPass & { ks0: string; ks1: string };
    nested: DemoPass & { ntEnc: string; ntParErr: number[] };
  };
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../vectors.json", import.meta.url), "utf8"),
);
