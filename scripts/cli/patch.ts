/** `clubpad patch`: orders to single cards, carried out at their next tap, at whatever pad. */
import { type Command, InvalidArgumentError } from "commander";
import { parseDay } from "../../back-office/dates";
import { cancelPatch, listPatches, orderPatch, type PatchOrder } from "../../back-office/patches";
import { StateFlag } from "../../card-layout/state";
import { PatchKind } from "../../firmware/core/card-patch";
import {
  type CardOptions,
  cardOptions,
  findCard,
  nameOf,
  rialText,
  withDatabase,
} from "./card-options";
import { integerIn } from "./input";

interface OrderOptions extends CardOptions {
  reason: string;
  rial?: number;
  from?: string;
  until?: string;
  issuer?: number;
  offers?: number[];
  clear?: boolean;
}

const OFFER_COUNT = 16;
const EXAMPLES = `
Examples:
  clubpad patch grant --db club.db --member 42 --rial 500000 --until 1404-12-29 --reason complaint
  clubpad patch offer --db club.db --member 42 --offers 1 3
  clubpad patch approve --db club.db --member 42
  clubpad patch block --db club.db --member 42 --reason "lost"
  clubpad patch list --db club.db
  clubpad patch cancel --db club.db --member 42

Pads get patches with their next session. A card takes each once, in the order they were made,
before the next thing it is tapped for. The last one of a card can be cancelled while no pad has it;
what a card has taken is undone by another patch.`;

export function registerPatch(program: Command): void {
  const patch = program
    .command("patch")
    .description("order something for one card: credit, an offer, approval, blocking")
    .addHelpText("after", EXAMPLES);
  ordering(patch, "grant", "give credit", ({ rial, from, until, issuer }) => ({
    kind: PatchKind.Grant,
    argument: rial!,
    fromDay: from === undefined ? 0 : parseDay(from, "--from"),
    untilDay: parseDay(until!, "--until"),
    issuer: issuer!,
  }))
    .requiredOption("--rial <amount>", "how much, in rial", rialText)
    .requiredOption("--until <date>", "last day it may be used, Jalali")
    .option("--from <date>", "first day it may be used, Jalali; by default the day of the tap")
    .option("--issuer <n>", "the shop that pays for it, 1 to 254", integerIn(1, 254), 1);
  ordering(patch, "offer", "entitle to personal offers", ({ offers, clear }) => ({
    kind: clear === true ? PatchKind.ClearOffer : PatchKind.Offer,
    argument: offers!.reduce((bits, number) => bits + 2 ** (number - 1), 0),
  }))
    .requiredOption("--offers <n...>", `numbers of the offers, 1 to ${OFFER_COUNT}`, offerNumber)
    .option("--clear", "take them away instead");
  flag(patch, "approve", "let a new member of a closed club in", false, StateFlag.Pending);
  flag(patch, "block", "mark the card as blocked", true, StateFlag.Blocked);
  flag(patch, "unblock", "take the mark off again", false, StateFlag.Blocked);
  patch
    .command("list")
    .description("show all patches and whether the card has taken them")
    .requiredOption("--db <file>", "database")
    .option("--json", "for programs")
    .action((options: { db: string; json?: boolean }) => showList(options));
  cardOptions(patch.command("cancel").description("take a card's last patch back")).action(
    (options: CardOptions) => cancel(options),
  );
}

function ordering(
  patch: Command,
  name: string,
  description: string,
  orderOf: (options: OrderOptions) => Omit<PatchOrder, "serial" | "cardNumber" | "reason">,
): Command {
  return cardOptions(patch.command(name).description(description))
    .option("--reason <text>", "why, for people", "")
    .action((options: OrderOptions) => {
      withDatabase(options.db, (database) => {
        const card = findCard(database, options);
        const order = { ...card, ...orderOf(options), reason: options.reason };
        const id = orderPatch(database, order);
        return `patch ${id} of ${nameOf(card)} waits for the next sync of each pad`;
      });
    });
}

function flag(patch: Command, name: string, text: string, isSet: boolean, bit: StateFlag): void {
  const kind = isSet ? PatchKind.SetFlags : PatchKind.ClearFlags;
  ordering(patch, name, text, () => ({ kind, argument: bit }));
}

function offerNumber(text: string, before: number[] | undefined): number[] {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= OFFER_COUNT) {
    return [...(before ?? []), number];
  }
  throw new InvalidArgumentError(`write numbers from 1 to ${OFFER_COUNT}.`);
}

function showList({ db, json }: { db: string; json?: boolean }): void {
  withDatabase(db, (database) => {
    const patches = listPatches(database);
    if (json === true) return JSON.stringify(patches, undefined, 2);
    if (patches.length === 0) return "no patches";
    const lines = patches.map(({ reason, isTaken, text, ...patch }) => {
      const state = isTaken ? "taken" : "waits";
      return `patch ${patch.id} of ${nameOf(patch)}: ${text}, ${state}${reason && ` (${reason})`}`;
    });
    return lines.join("\n");
  });
}

function cancel(options: CardOptions): void {
  withDatabase(options.db, (database) => {
    const card = findCard(database, options);
    return `patch ${cancelPatch(database, card.serial)} of ${nameOf(card)} is cancelled`;
  });
}
