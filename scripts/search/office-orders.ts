/** What the back office has sent to the pads of a search about its one card. */
import { newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { CardOrders } from "../../firmware/app/card-orders";
import {
  createPatch,
  encodePatch,
  PATCH_BYTES,
  PatchField,
  PatchKind,
} from "../../firmware/core/card-patch";
import { MAX_RIAL } from "../../firmware/core/money";

export type OfficeOrder = "patch" | "block";

const PATCH_ID = 1;
const GRANT_RIAL = 70_000;
const FAR_DAY = 5000;

export function officeOrders(order: OfficeOrder | undefined, serial: number): CardOrders {
  const bytes = newBytes(PATCH_BYTES);
  const patch = createPatch();
  patch[PatchField.Serial] = serial;
  patch[PatchField.Id] = PATCH_ID;
  patch[PatchField.Kind] = PatchKind.Grant;
  patch[PatchField.Argument] = GRANT_RIAL;
  patch[PatchField.UntilDay] = FAR_DAY;
  patch[PatchField.Issuer] = 1;
  if (encodePatch(patch, bytes, 0) !== Status.Ok) throw new RangeError("no such patch");
  return {
    isBlocked: (of, cardNumber) => order === "block" && of === serial && cardNumber === 0,
    readPatch: (of, id, out) => {
      if (order !== "patch" || of !== serial || id !== PATCH_ID) return false;
      for (let i = 0; i < PATCH_BYTES; i++) out[i] = bytes[i];
      return true;
    },
    capRial: () => MAX_RIAL,
  };
}
