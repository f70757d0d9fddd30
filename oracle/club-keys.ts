/** Keys as card-layout/SPEC.md derives them: AN10922 of a master over 16 bytes of input. */
import { AesKey, type SivKeys } from "./aes-siv";

export interface Masters {
  clubId: number;
  keyEpoch: number;
  sealMaster: Uint8Array;
}

const PURPOSE_SEAL_MAC = 2;
const PURPOSE_SEAL_CTR = 3;

/** The seal keys of one card; `uid` of 4 or 7 bytes. */
export function sealKeysOf({ clubId, keyEpoch, sealMaster }: Masters, uid: Uint8Array): SivKeys {
  const master = new AesKey(sealMaster);
  const derive = (purpose: number) => {
    const input = Buffer.alloc(17);
    input[0] = 1;
    input.set(uid, 1);
    input[8] = uid.length;
    input.writeUInt16LE(clubId, 9);
    input[11] = purpose;
    input[12] = keyEpoch;
    input.write("CP1", 14, "latin1");
    return new AesKey(master.cmac(input));
  };
  return { mac: derive(PURPOSE_SEAL_MAC), ctr: derive(PURPOSE_SEAL_CTR) };
}
