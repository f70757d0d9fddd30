/** Opens and seals the records of one chip, in the one or two key epochs that a key file holds. */
import type { AesEngine } from "../card-layout/aes-engine";
import type { Bytes } from "../card-layout/bytes";
import { COUNTER_START } from "../card-layout/geometry";
import { emptyIdentity, type Identity, openIdentity } from "../card-layout/identity";
import { deriveSealKey } from "../card-layout/keys";
import { emptyLogEntry, type LogEntry, openLogEntry } from "../card-layout/log-ring";
import { emptyName, openName } from "../card-layout/name";
import type { SealPlace } from "../card-layout/seal";
import { createSivKey, type SivKey } from "../card-layout/siv";
import {
  BASE_TAG_BYTES,
  type CardState,
  emptyState,
  openState,
  SEALED_STATE_BYTES,
  sealState,
} from "../card-layout/state";
import { Status } from "../card-layout/status";
import { toHex } from "./journal-records";
import type { ClubKeys } from "./keys";

interface EpochKey {
  keyEpoch: number;
  sealKey: SivKey;
}

const UID_BYTES = 7;

export class CardSeals {
  private readonly epochs: EpochKey[] = [];
  private readonly place: SealPlace;

  /** `uid` is 4 or 7 bytes in hex. */
  constructor(
    private readonly aes: AesEngine,
    keys: ClubKeys,
    uid: string,
  ) {
    const { clubId, keyEpoch } = keys;
    const uidBytes = new Uint8Array(UID_BYTES);
    uidBytes.set(Buffer.from(uid, "hex"));
    const uidLengthBytes = uid.length / 2;
    this.place = { uid: uidBytes, uidLengthBytes, clubId, counter: 0, keyEpoch };
    const prepare = (master: Bytes, epoch: number) => {
      const sealKey = createSivKey();
      deriveSealKey(aes, master, uidBytes, uidLengthBytes, clubId, epoch, sealKey);
      this.epochs.push({ keyEpoch: epoch, sealKey });
    };
    prepare(keys.sealMaster, keyEpoch);
    if (keys.previousSealMaster !== undefined) prepare(keys.previousSealMaster, keyEpoch - 1);
  }

  /** The 144 bytes of the record of `counter`; undefined when they are not that. */
  openState(sealed: Bytes, offset: number, counter: number): CardState | undefined {
    const state = emptyState();
    this.place.counter = counter;
    const isOpen = this.tryEpochs((sealKey) =>
      openState(this.aes, sealKey, this.place, sealed, offset, state),
    );
    return isOpen ? state : undefined;
  }

  openIdentity(sealed: Bytes, offset: number): Identity | undefined {
    const identity = emptyIdentity();
    const isOpen = this.tryEpochs((sealKey) =>
      openIdentity(this.aes, sealKey, this.place, sealed, offset, identity),
    );
    return isOpen ? identity : undefined;
  }

  /** "" for a card without a name. */
  openName(sealed: Bytes, offset: number): string | undefined {
    const name = emptyName();
    const isOpen = this.tryEpochs((sealKey) =>
      openName(this.aes, sealKey, this.place, sealed, offset, name),
    );
    if (!isOpen) return undefined;
    return Buffer.from(name.utf8 as Uint8Array)
      .subarray(0, name.lengthBytes)
      .toString("utf8");
  }

  /** A movement carries no seal: with the wrong epoch's key it would read as nonsense. */
  openMovement(block: Bytes, offset: number, keyEpoch: number): LogEntry | undefined {
    const entry = emptyLogEntry();
    const epoch = this.epochs.find((held) => held.keyEpoch === keyEpoch) ?? this.epochs[0];
    const status = openLogEntry(this.aes, epoch.sealKey, block, offset, entry);
    return status === Status.Ok ? entry : undefined;
  }

  clubId(): number {
    return this.place.clubId;
  }

  /** Key epoch of the record opened last. */
  keyEpoch(): number {
    return this.place.keyEpoch;
  }

  /** The record of `counter`, sealed in the key file's epoch. */
  seal(state: CardState, counter: number): Uint8Array {
    const sealed = new Uint8Array(SEALED_STATE_BYTES);
    const [{ keyEpoch, sealKey }] = this.epochs;
    Object.assign(this.place, { counter, keyEpoch });
    const status = sealState(this.aes, sealKey, this.place, state, sealed, 0);
    if (status !== Status.Ok) throw new RangeError(`no such state (status ${status})`);
    return sealed;
  }

  /** The sealed record whose tag is `tag`, in whichever epoch; undefined when none is. */
  sealAs(state: CardState, counter: number, tag: string): Uint8Array | undefined {
    const sealed = new Uint8Array(SEALED_STATE_BYTES);
    this.place.counter = counter;
    const isSealed = this.tryEpochs((sealKey) => {
      const status = sealState(this.aes, sealKey, this.place, state, sealed, 0);
      if (status !== Status.Ok) return status;
      return tagOf(sealed) === tag ? Status.Ok : Status.NotFound;
    });
    return isSealed ? sealed : undefined;
  }

  /** The record of a card as issued, when its tag shows that it was issued empty. */
  sealedWhenIssued(tag: string): Uint8Array | undefined {
    return this.sealAs(emptyState(), COUNTER_START, tag);
  }

  private tryEpochs(attempt: (sealKey: SivKey) => Status): boolean {
    return this.epochs.some(({ keyEpoch, sealKey }) => {
      this.place.keyEpoch = keyEpoch;
      return attempt(sealKey) === Status.Ok;
    });
  }
}

/** First 5 bytes of a sealed record, in hex: its name in journals and in the next record. */
export function tagOf(sealed: Bytes): string {
  return toHex(sealed, BASE_TAG_BYTES);
}
