/**
 * The world of one episode: pads, cards and the office of a club on one clock, and the oracle that
 * watches them.
 */
import { issueImage } from "../../back-office/issue-image";
import { type ClubKeys, createClubKeys, terminalConfigFor } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import { CardKind } from "../../card-layout/identity";
import type { FlashPlan } from "../../firmware/boards/flash-plan";
import { VirtualClock } from "../../host-sim/clock";
import { blankImage } from "../../host-sim/mfd";
import { QuickCard } from "../../host-sim/quick/quick-card";
import type { Rng } from "../../host-sim/rng";
import type { CardBytes } from "../../oracle/card-image";
import { Oracle } from "../../oracle/oracle";
import { dayAt } from "../../oracle/persian-days";
import { rulesText } from "./rules-text";
import { SHOP_AES, ShopPad } from "./shop-pad";
import { SoakOffice } from "./soak-office";
import type { StaffCard, Swarm } from "./swarm";

export interface ShopCard {
  readonly name: string;
  /** Hex. */
  readonly uid: string;
  /** 0: none of ours. */
  readonly serial: number;
  readonly isGift: boolean;
  readonly chip: QuickCard;
  readonly bytes: CardBytes;
  /** The content that it must keep, for cards that are none of ours. */
  readonly original: Buffer | undefined;
}

export interface Shop {
  readonly clock: VirtualClock;
  readonly startUnixSeconds: number;
  readonly pads: ShopPad[];
  readonly cards: ShopCard[];
  /** With the PIN of each. */
  readonly staff: (ShopCard & StaffCard)[];
  /** Blank, foreign, another club's, and a copied chip. */
  readonly strangers: ShopCard[];
  readonly office: SoakOffice;
  readonly oracle: Oracle;
  readonly issuer: number;
  /** Business day by the right time, days since 2020-01-01. */
  dayNow(): number;
  /** The right time. */
  unixSeconds(): number;
}

const KEY_EPOCH = 1;
const ISSUER = 1;
/** 2026-01-21, 08:30 in Tehran, well after the rules begin. */
const START_UNIX_SECONDS = 1_768_971_600;
const VALID_FROM = "1404-07-01";
const ISSUE_DAY = 2100;
const SETTINGS_BYTES = 1000;
const LISTS_BYTES = 2000;
const FILE_CHANCE = 0.03;
const FIRST_STAFF_NUMBER = 500;

export function openShop(rng: Rng, swarm: Swarm): Shop {
  const clock = new VirtualClock();
  const keys = createClubKeys(swarm.rules.club, KEY_EPOCH, `soak ${rng.next()}`);
  const ruleset = compileRuleset(rulesText(swarm.rules, VALID_FROM), "soak.yaml").bytes;
  const office = new SoakOffice(keys, ruleset, rng.chance(FILE_CHANCE));
  const oracle = new Oracle(keys, swarm.rules, ISSUER);
  const plan = planOf(swarm);
  const pads: ShopPad[] = [];
  for (let terminal = 1; terminal <= swarm.terminals; terminal++) {
    const config = terminalConfigFor(SHOP_AES, keys, terminal, 0, ISSUER, ruleset);
    const startUnixSeconds = START_UNIX_SECONDS;
    const isClockSet = !swarm.isSalesOnly;
    const { hasCounterPages } = swarm;
    const options = { clock, config, plan, startUnixSeconds, isClockSet, hasCounterPages };
    const pad = new ShopPad({ ...options, rng: rng.fork("pad") });
    pads.push(pad);
    const { pageSizeBytes, journalPageCount } = plan;
    const journalKey = config.journalKey as Uint8Array;
    oracle.addPad(terminal, { journalKey, pageSizeBytes, pageCount: journalPageCount });
    pad.onPowerCut = () => oracle.staffOf(terminal).losePower();
  }
  const cards: ShopCard[] = [];
  for (let index = 0; index < swarm.cards + swarm.giftCards; index++) {
    const uid = uidOf(rng, rng.chance(0.3) ? 7 : 4);
    const isGift = index >= swarm.cards;
    const kind = isGift ? CardKind.Gift : CardKind.Member;
    const issued = issuedCard(keys, uid, index + 1, kind);
    const { member, serial } = issued.card;
    const name = `${isGift ? "gift card" : "card"} ${index}`;
    const card = { ...shopCard(clock, rng, name, uid, issued.image), serial, isGift };
    office.enter(issued.card);
    oracle.addCard(Buffer.from(uid), { member, serial, isGift }, card.bytes);
    cards.push(card);
  }
  const strangers = makeStrangers(clock, rng);
  const staff = swarm.staff.map((member, index) => hire(keys, clock, rng, member, index));
  for (const card of staff) {
    office.enter(card.issued);
    const { uid, number, serial, isSupervisor, bytes } = card;
    oracle.addStaff(Buffer.from(uid, "hex"), { number, serial, isSupervisor }, bytes);
  }
  const startUnixSeconds = START_UNIX_SECONDS;
  const unixSeconds = () => Math.floor(startUnixSeconds + clock.nowUs / 1e6);
  const { offsetMinutes, dayStartMinute } = swarm.rules;
  const dayNow = () => dayAt(unixSeconds(), offsetMinutes, dayStartMinute);
  const people = { pads, cards, staff, strangers, office, oracle, issuer: ISSUER };
  return { clock, startUnixSeconds, ...people, dayNow, unixSeconds };
}

function planOf({ pageSizeBytes, journalPages, isSalesOnly }: Swarm): FlashPlan {
  const pagesPerSettings = Math.ceil(SETTINGS_BYTES / pageSizeBytes);
  const pagesPerLists = isSalesOnly ? 0 : Math.ceil(LISTS_BYTES / pageSizeBytes);
  const journalPage = 2 * (pagesPerSettings + pagesPerLists);
  return {
    pageSizeBytes,
    pageCount: journalPage + journalPages,
    settingsPageA: 0,
    settingsPageB: pagesPerSettings,
    pagesPerSettings,
    listsPageA: 2 * pagesPerSettings,
    listsPageB: 2 * pagesPerSettings + pagesPerLists,
    pagesPerLists,
    journalPage,
    journalPageCount: journalPages,
  };
}

function issuedCard(keys: ClubKeys, uid: Uint8Array, number: number, kind: CardKind, pin?: string) {
  const isGift = kind === CardKind.Gift;
  return issueImage(SHOP_AES, keys, blankImage(uid), uid, {
    ...{ member: isGift ? 0 : number, serial: 1000 + number, cardNumber: 0 },
    ...{ kind, name: isGift ? "" : `Member ${number}`, birth: undefined, issueDay: ISSUE_DAY, pin },
  });
}

/** A card for somebody who works there, and what the office keeps of it. */
function hire(
  keys: ClubKeys,
  clock: VirtualClock,
  rng: Rng,
  { isSupervisor, pin }: StaffCard,
  index: number,
) {
  const number = FIRST_STAFF_NUMBER + index;
  const uid = uidOf(rng, 4);
  const kind = isSupervisor ? CardKind.Supervisor : CardKind.Cashier;
  const { image, card } = issuedCard(keys, uid, number, kind, pin);
  const shown = shopCard(clock, rng, `staff card ${index}`, uid, image);
  return { ...shown, serial: card.serial, number, isSupervisor, pin, issued: card };
}

function makeStrangers(clock: VirtualClock, rng: Rng): ShopCard[] {
  const uids = [0, 1, 2, 3].map(() => uidOf(rng, 4));
  const foreign = blankImage(uids[1]);
  for (let trailer = 48; trailer < foreign.length; trailer += 64) {
    foreign.set(rng.bytes(6), trailer);
    foreign.set(rng.bytes(6), trailer + 10);
  }
  const otherKeys = createClubKeys(99, KEY_EPOCH, `another club ${rng.next()}`);
  const images = [
    blankImage(uids[0]),
    foreign,
    issuedCard(otherKeys, uids[2], 1, CardKind.Member).image,
    blankImage(uids[3]),
  ];
  const names = ["a blank card", "a foreign card", "another club's card", "a copied chip"];
  return images.map((image, i) => {
    const card = shopCard(clock, rng, names[i], uids[i], image, i === 3);
    return { ...card, original: Buffer.from(image) };
  });
}

function shopCard(
  clock: VirtualClock,
  rng: Rng,
  name: string,
  uid: Uint8Array,
  image: Uint8Array,
  isMagicGen1a = false,
): ShopCard {
  const uidLengthBytes = uid.length === 7 ? 7 : 4;
  const options = { clock, rng: rng.fork(name), image, uidLengthBytes, isMagicGen1a } as const;
  const chip = new QuickCard(options);
  const isWeak = (block: number) => chip.eeprom.hasWeakCells(block);
  const hex = Buffer.from(uid).toString("hex");
  const bytes = { image, isWeak };
  return { name, uid: hex, serial: 0, isGift: false, chip, bytes, original: undefined };
}

/** 04 is NXP's; a first byte of 08 or 88 would mean something else (ISO/IEC 14443-3, 6.5.4). */
function uidOf(rng: Rng, lengthBytes: number): Uint8Array {
  return Uint8Array.of(4, ...rng.bytes(lengthBytes - 1));
}
