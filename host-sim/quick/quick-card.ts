/**
 * A MIFARE Classic 1K card that is spoken to in commands instead of frames: its states, sessions
 * and answers are those of `mifare-card.ts`, its memory is the same code. What makes a frame slow
 * is left out: Crypto1, parity, CRC and time on the air.
 */
import type { VirtualClock } from "../clock";
import { BLOCK_SIZE_BYTES, Eeprom } from "../eeprom";
import { BLOCK_COUNT, DECREMENT, INCREMENT, MifareMemory, RESTORE } from "../mifare-memory";
import type { Rng } from "../rng";

/** A frame's meaning. Values are the command codes where there is one (MF1S50yyX_V1, table 9). */
export const enum Command {
  Wupa = 0x52,
  MagicWakeUp = 0x40,
  Anticollision = 0x93,
  Select = 0x94,
  Halt = 0x50,
  AuthenticateA = 0x60,
  AuthenticateB = 0x61,
  /** The reader's second frame of an authentication; the key is given with it. */
  ReaderAnswer = 1,
  Read = 0x30,
  Write = 0xa0,
  /** The 16 bytes after an acknowledged `Write`. */
  WriteData = 2,
  Decrement = 0xc0,
  Increment = 0xc1,
  Restore = 0xc2,
  /** The 4 bytes after an acknowledged value command. */
  Operand = 3,
  Transfer = 0xb0,
}

export const enum Reply {
  Silence,
  /** ACK, or the data that the command asks for. */
  Fine,
  Nak,
}

export interface QuickCardOptions {
  readonly clock: VirtualClock;
  readonly rng: Rng;
  /** 1024 bytes; changed in place. */
  readonly image: Uint8Array;
  readonly uidLengthBytes?: 4 | 7;
  readonly sak?: number;
  /** Copied chip with the back door: answers `MagicWakeUp`. */
  readonly isMagicGen1a?: boolean;
  /** Copied chip that restores its content at every field loss. */
  readonly isShadowMode?: boolean;
  readonly doesBufferSurviveNested?: boolean;
}

const enum State {
  Off,
  Idle,
  Halt,
  Ready,
  Active,
  /** Authentication begun: the reader's answer is awaited. */
  Challenged,
  Open,
}

/** Typical durations beyond the frame, as in `mifare-card-options.ts`. */
const WRITE_US = 3100;
const TRANSFER_US = 3900;

export class QuickCard {
  readonly image: Uint8Array;
  readonly eeprom: Eeprom;
  readonly memory: MifareMemory;
  /** What `Read` found. */
  readonly block = new Uint8Array(BLOCK_SIZE_BYTES);
  /** How long the EEPROM works on the last command, before the answer. */
  busyUs = 0;
  private state = State.Off;
  private isFromHalt = false;
  private levelsLeft = 0;
  private awaited: Command.Read | Command.WriteData | Command.Operand = Command.Read;
  private addressedBlock = 0;
  private isKeyB = false;
  private leaveField: (() => void) | undefined;
  private shadow: Uint8Array | undefined;

  constructor(private readonly options: QuickCardOptions) {
    this.image = options.image;
    this.eeprom = new Eeprom(this.image, options.clock, options.rng, () => this.leaveField?.());
    this.memory = new MifareMemory(this.eeprom);
    if (options.isShadowMode === true) this.shadow = this.image.slice();
  }

  get uidLengthBytes(): number {
    return this.options.uidLengthBytes ?? 4;
  }

  get cascadeLevels(): number {
    return this.uidLengthBytes > 4 ? 2 : 1;
  }

  get sak(): number {
    return this.options.sak ?? 0x08;
  }

  powerOn(leaveField: () => void): void {
    this.leaveField = leaveField;
    this.state = State.Idle;
    this.isFromHalt = false;
    this.endSession();
  }

  powerOff(): void {
    this.leaveField = undefined;
    this.state = State.Off;
    this.endSession();
    this.eeprom.powerLost();
    if (this.shadow !== undefined) this.eeprom.restore(this.shadow);
  }

  /** A frame that does not decode: disturbed on its way, or encrypted out of step. */
  receiveBroken(): Reply {
    const wasOpen = this.state === State.Open;
    if (this.state === State.Off || this.state === State.Idle || this.state === State.Halt) {
      return Reply.Silence;
    }
    this.giveUp();
    // Only a card in a session says that it did not understand.
    return wasOpen ? Reply.Nak : Reply.Silence;
  }

  /** `block` and, for `WriteData`, `Operand` and `ReaderAnswer` (the key), `data` from `offset`. */
  receive(command: Command, block: number, data: ArrayLike<number>, offset: number): Reply {
    this.busyUs = 0;
    switch (this.state) {
      case State.Off:
        return Reply.Silence;
      case State.Idle:
      case State.Halt:
        return this.wake(command);
      case State.Ready:
        return this.anticollide(command);
      case State.Challenged:
        return this.verifyReader(command, data, offset);
      case State.Active:
        return this.receivePlain(command, block);
      default:
        return this.receiveEncrypted(command, block, data, offset);
    }
  }

  private wake(command: Command): Reply {
    if (command === Command.MagicWakeUp && this.options.isMagicGen1a === true) return Reply.Fine;
    if (command !== Command.Wupa) return Reply.Silence;
    this.isFromHalt = this.state === State.Halt;
    this.state = State.Ready;
    this.levelsLeft = this.cascadeLevels;
    return Reply.Fine;
  }

  private anticollide(command: Command): Reply {
    if (command === Command.Anticollision) return Reply.Fine;
    if (command !== Command.Select) return this.giveUp();
    this.levelsLeft--;
    if (this.levelsLeft === 0) this.state = State.Active;
    return Reply.Fine;
  }

  private receivePlain(command: Command, block: number): Reply {
    if (command === Command.Halt) return this.halt();
    if (command === Command.AuthenticateA || command === Command.AuthenticateB) {
      return this.challenge(command, block);
    }
    // A short frame is no command here and only sends the card back.
    if (command === Command.Wupa || command === Command.MagicWakeUp) return this.giveUp();
    this.giveUp();
    return Reply.Nak;
  }

  private receiveEncrypted(
    command: Command,
    block: number,
    data: ArrayLike<number>,
    offset: number,
  ): Reply {
    if (command === Command.Wupa || command === Command.MagicWakeUp) return this.giveUp();
    if (this.awaited !== Command.Read) {
      return command === this.awaited ? this.takeData(data, offset) : this.refuse();
    }
    switch (command) {
      case Command.AuthenticateA:
      case Command.AuthenticateB:
        return this.challenge(command, block);
      case Command.Read:
        return this.memory.read(block, this.block) ? Reply.Fine : this.refuse();
      case Command.Write:
        return this.expect(Command.WriteData, block, this.memory.mayWrite(block));
      case Command.Decrement:
        return this.expect(Command.Operand, block, this.memory.loadValue(DECREMENT, block));
      case Command.Increment:
        return this.expect(Command.Operand, block, this.memory.loadValue(INCREMENT, block));
      case Command.Restore:
        return this.expect(Command.Operand, block, this.memory.loadValue(RESTORE, block));
      case Command.Transfer:
        return this.memory.transfer(block, TRANSFER_US) ? this.work(TRANSFER_US) : this.refuse();
      case Command.Halt:
        return this.halt();
      default:
        return this.refuse();
    }
  }

  private challenge(command: Command, block: number): Reply {
    if (block >= BLOCK_COUNT) return this.refuse();
    const isNested = this.state === State.Open;
    if (isNested && this.options.doesBufferSurviveNested === false) this.memory.forgetBuffer();
    this.isKeyB = command === Command.AuthenticateB;
    this.addressedBlock = block;
    this.memory.close();
    this.state = State.Challenged;
    return Reply.Fine;
  }

  private verifyReader(command: Command, key: ArrayLike<number>, offset: number): Reply {
    if (command !== Command.ReaderAnswer) return this.giveUp();
    const stored = this.memory.key(this.addressedBlock, this.isKeyB);
    for (let i = 0; i < stored.length; i++) if (stored[i] !== key[offset + i]) return this.giveUp();
    this.memory.open(this.addressedBlock, this.isKeyB);
    this.awaited = Command.Read;
    this.state = State.Open;
    return Reply.Fine;
  }

  private expect(
    awaited: Command.WriteData | Command.Operand,
    block: number,
    isAllowed: boolean,
  ): Reply {
    if (!isAllowed) return this.refuse();
    this.awaited = awaited;
    this.addressedBlock = block;
    return Reply.Fine;
  }

  private takeData(data: ArrayLike<number>, offset: number): Reply {
    const isOperand = this.awaited === Command.Operand;
    this.awaited = Command.Read;
    const bytes = new Uint8Array(BLOCK_SIZE_BYTES);
    for (let i = 0; i < bytes.length; i++) bytes[i] = data[offset + i] ?? 0;
    // A value that fits is answered by silence (MF1S50yyX_V1, 12.5).
    if (isOperand) return this.memory.applyOperand(bytes) ? Reply.Silence : this.refuse();
    this.memory.write(this.addressedBlock, bytes, WRITE_US);
    return this.work(WRITE_US);
  }

  private work(durationUs: number): Reply {
    this.busyUs = durationUs;
    return Reply.Fine;
  }

  private halt(): Reply {
    this.endSession();
    this.state = State.Halt;
    return Reply.Silence;
  }

  private refuse(): Reply {
    this.giveUp();
    return Reply.Nak;
  }

  private giveUp(): Reply {
    this.endSession();
    this.state = this.isFromHalt ? State.Halt : State.Idle;
    return Reply.Silence;
  }

  private endSession(): void {
    this.awaited = Command.Read;
    this.memory.close();
    this.memory.forgetBuffer();
  }
}
