/** A passive buzzer. */
export interface Buzzer {
  /** Starts a square wave; returns at once. 0 Hz is silence. */
  tone(frequencyHz: number): void;
}
