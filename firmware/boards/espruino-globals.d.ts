/**
 * The part of the Espruino API that boards use. Only files in firmware/boards may touch it.
 * Source: www.espruino.com/Reference, version 2v29.
 */
type EspruinoPin = { readonly espruinoPin: unique symbol };
type EspruinoData = string | number[] | Uint8Array;

interface EspruinoSpi {
  setup(options: {
    sck: EspruinoPin;
    mosi: EspruinoPin;
    miso: EspruinoPin;
    baud: number;
    mode: number;
    /** Default "msb". */
    order?: "msb" | "lsb";
  }): void;
  send(data: Uint8Array, select: EspruinoPin): Uint8Array;
  write(first: number | Uint8Array, second: number | EspruinoPin, select?: EspruinoPin): void;
}

interface EspruinoI2c {
  setup(options: { scl: EspruinoPin; sda: EspruinoPin; bitrate: number }): void;
  writeTo(address: number, data: string): void;
}

interface EspruinoSerial {
  setup(baud: number, options: { rx: EspruinoPin; tx: EspruinoPin }): void;
  on(event: "data", callback: (octets: string) => void): void;
  write(data: EspruinoData): void;
}

interface EspruinoCipher {
  iv?: Uint8Array;
  mode: "CBC" | "ECB";
}

interface EspruinoAes {
  encrypt(data: Uint8Array, key: Uint8Array, options: EspruinoCipher): ArrayBuffer;
}

interface EspruinoFlash {
  read(lengthBytes: number, address: number): Uint8Array;
  write(data: Uint8Array, address: number): void;
  erasePage(address: number): void;
}

interface EspruinoModules {
  crypto: { AES: EspruinoAes };
  Flash: EspruinoFlash;
}

/** What runs before the bundle and has chosen it (scripts/board/loader-source.ts). */
interface EspruinoLoader {
  /** Font and screens, a string that stays in flash. */
  readonly screens: string;
  /** To be called once by a pad that can serve. */
  serving(): void;
}
