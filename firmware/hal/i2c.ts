/** One device on an I2C bus. */
export interface I2cDevice {
  /** One write transaction; character codes of `octets` are the bytes after the address. */
  write(octets: string): void;
}
