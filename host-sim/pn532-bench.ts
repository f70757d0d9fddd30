/** The firmware's PN532 driver on the simulated chip, over a serial line or SPI. */
import { createPn532 } from "../firmware/drivers/pn532";
import type { Pn532Link } from "../firmware/drivers/pn532-exchange";
import { createPn532Spi } from "../firmware/drivers/pn532-spi";
import { createPn532Uart } from "../firmware/drivers/pn532-uart";
import type { CardReader } from "../firmware/hal/card-reader";
import { type Pn532Options, SimPn532 } from "./pn532";
import { Pn532Spi } from "./pn532-spi";
import { Pn532Uart } from "./pn532-uart";
import { CardBench } from "./reader-bench";
import { createSpiDevice } from "./spi-device";

export type Pn532Wire = "uart" | "spi";

export class Pn532Bench extends CardBench {
  readonly chip: SimPn532;
  readonly link: Pn532Link;
  readonly reader: CardReader;

  constructor(wire: Pn532Wire, options: Partial<Pn532Options> = {}) {
    super();
    const { clock, field, rng } = this;
    this.chip = new SimPn532({ clock, field, rng, ...options });
    this.link =
      wire === "uart"
        ? createPn532Uart(new Pn532Uart(clock, this.chip).port)
        : createPn532Spi(createSpiDevice(new Pn532Spi(clock, this.chip)), this.halClock);
    this.reader = createPn532(this.link, this.halClock);
  }
}
