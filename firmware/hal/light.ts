/** A lamp that says that the pad waits for a card. */
export interface Light {
  set(isLit: boolean): void;
}
