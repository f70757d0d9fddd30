/** One named attack: what was seen of it, and whether what must not happen did not happen. */
import type { ScenarioWorld, Seen } from "./scenario-world";

export type Scenario = (world: ScenarioWorld) => Seen & { readonly isHeld: boolean };
