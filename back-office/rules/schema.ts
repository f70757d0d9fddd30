/**
 * The JSON Schema of ruleset files, for editors that complete and check while somebody types. It is
 * made from the compiler's own tables. It accepts every file that compiles; what takes knowledge of
 * several keys at once (ids used twice, an action in the wrong phase) only the compiler finds.
 */
import { MAX_RULES, MAX_STACK } from "../../firmware/core/ruleset-format";
import { DISPLAY_UNITS, PERIOD_MONTHS } from "./compile";
import { ACTION_PHASES } from "./compile-rule";
import { BASES, FIELDS, OPERATORS, PHASES, STACK_MODES, SUPERVISED } from "./ruleset-layout";

type Schema = Record<string, unknown>;

const DIGITS = "-?[0-9][0-9_]*";
const JALALI = "1[34][0-9]{2}-[0-9]{2}-[0-9]{2}";

/** Numbers may be grouped with underscores, which editors read as text. */
function whole(description: string): Schema {
  return { description, anyOf: [{ type: "integer" }, text(`^${DIGITS}$`)] };
}

function limit(description: string): Schema {
  const forms = [{ type: "integer" }, text(`^${DIGITS}$`), { const: "none" }];
  return { description: `${description}, or none`, anyOf: forms };
}

function text(pattern: string): Schema {
  return { type: "string", pattern };
}

function oneOf(description: string, names: object): Schema {
  return { description, enum: Object.keys(names) };
}

/** Older readers of YAML take yes for true. */
function yesNo(description: string): Schema {
  return { description, enum: ["yes", "no", true, false, "true", "false"] };
}

function share(description: string): Schema {
  return { description, ...text("^[0-9]+(\\.[0-9]{1,2})? ?%$") };
}

function section(description: string, properties: Schema, required: string[] = []): Schema {
  return {
    description,
    type: ["object", "null"],
    properties,
    required,
    additionalProperties: false,
  };
}

const WINDOW_KEYS: Schema = {
  fromDays: whole("days after the tap from which it may be used; 1 = the next business day"),
  until: {
    description: "last day: so many days after the tap, a Jalali date, or never",
    ...text(`^([0-9]+ days|${JALALI}|never)$`),
  },
  toMonthEnd: yesNo("put the last day off to the end of its Jalali month"),
};

const WINDOW = (description: string): Schema => section(description, WINDOW_KEYS, ["until"]);

function conditionPattern(): string {
  const escaped = (names: string[]) =>
    names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const fields = escaped(Object.keys(FIELDS));
  // The longer operators first, or "<" would match the beginning of "<=".
  const signs = escaped(Object.keys(OPERATORS).sort((a, b) => b.length - a.length));
  return `^(${fields})(\\s+in\\s+\\S+\\.\\.\\S+|\\s*(${signs})\\s*\\S+)$`;
}

function ruleSchema(): Schema {
  const properties = {
    id: whole("1..255, unique; stands in the journal of every tap it took part in"),
    name: { description: "for people and reports", type: ["string", "number"] },
    phase: oneOf(`when it runs: ${Object.keys(PHASES).join(", ")}`, PHASES),
    order: whole("0..255: the lower goes first within its stack"),
    stack: whole(`0..${MAX_STACK}: rules of one stack compete as "stacks" says`),
    when: {
      description: 'all must hold: "field op value" or "field in a..b"',
      type: ["array", "null"],
      items: { type: "string", pattern: conditionPattern() },
    },
    give: share("share of what stands under of, such as 12.5 %"),
    giveRial: whole("a fixed amount in rial"),
    points: {
      description: '5, or "1 per 10_000 rial"',
      anyOf: [{ type: "integer" }, text("^[0-9]+( per [0-9_]+ rial)?$")],
    },
    setGroup: whole("the group that the customer rises to; in a review, comes to"),
    punch: { description: '"0 of 10": punch 0..3 counts to 10', ...text("^[0-3] of [0-9]+$") },
    refuse: { description: "the tap is refused", enum: ["yes", true] },
    of: oneOf("what a share or points are taken of; default net", BASES),
    max: limit("the most that the rule gives, rial"),
    credit: WINDOW("when what this rule gives may be used; default: that of the file"),
    purse: whole("kind of the credit, 0..254"),
    keepsOffer: yesNo("the personal offer that the rule asks for is not used up"),
    days: section("the rule counts on these days only", {
      first: { description: "first Jalali day", ...text(`^${JALALI}$`) },
      last: { description: "last Jalali day", ...text(`^${JALALI}$`) },
    }),
  };
  const actions = Object.keys(ACTION_PHASES).map((key) => ({ required: [key] }));
  return {
    type: "object",
    properties,
    required: ["id", "name", "phase", "order"],
    oneOf: actions,
    additionalProperties: false,
  };
}

function topProperties(): Schema {
  const stackKey = `^(${Array.from({ length: MAX_STACK + 1 }, (_, stack) => stack).join("|")})$`;
  return {
    club: whole("number of the club, 1..65535"),
    version: whole("rises with every change; stands in the journal of every tap"),
    validFrom: { description: "Jalali date such as 1405-01-31", ...text(`^${JALALI}$`) },
    clock: section("local time and when a business day begins", {
      offsetMinutes: whole("local time minus UTC; Iran 210"),
      dayStartsAt: { description: 'such as "04:00"', ...text("^([01][0-9]|2[0-3]):[0-5][0-9]$") },
    }),
    display: oneOf("unit of screens; files and cards always hold rial", DISPLAY_UNITS),
    roundToRial: whole("what is given is rounded down to this"),
    limits: section("the most that is given", {
      earnPerTapRial: limit("most credit that one purchase may earn"),
      balanceRial: limit("most credit that a card may hold"),
      padPerDayRial: limit("most credit that one pad gives on purchases in a business day"),
      grantRial: limit("most credit that a supervisor may grant at once"),
    }),
    redeem: section("how credit may be used", {
      unitRial: whole("in steps of; the last rest may always be used"),
      minRial: whole("smallest use"),
      maxRial: limit("most per purchase"),
      maxOfBill: share("most of a bill that credit may pay"),
      perDayRial: limit("most per card and day"),
      whenClockIsSuspect: yesNo("also while the pad's date is behind the card's"),
      withDebt: yesNo("also while the card owes credit spent before a return"),
    }),
    credit: WINDOW("when earned credit may be used, unless a rule says otherwise"),
    enrol: section("new members", {
      group: whole("group that members begin in"),
      needsApproval: yesNo("a closed club: cards wait for the back office's approval"),
      renewMonths: whole("months that a renewed card lives, 0..120; 0 = pads renew none"),
    }),
    period: oneOf("what pSpend and pVisits count over", PERIOD_MONTHS),
    stacks: {
      description: "how rules of one stack compete: first (lowest order), max, sum",
      type: ["object", "null"],
      patternProperties: { [stackKey]: { enum: Object.keys(STACK_MODES) } },
      additionalProperties: false,
    },
    accept: {
      description: "whose credit each shop takes besides its own",
      type: ["array", "null"],
      items: section("one line of the matrix", {
        shop: { description: "shop 1..254, or any", type: ["integer", "string"] },
        creditOf: { description: "shop 1..254, or any", type: ["integer", "string"] },
      }),
    },
    rules: { type: ["array", "null"], maxItems: MAX_RULES, items: ruleSchema() },
    ...purseProperties(),
    ...officeProperties(),
  };
}

/** What pads do not get. */
function officeProperties(): Schema {
  return {
    programmes: {
      description: "rules that the office watches and reports together",
      type: ["array", "null"],
      items: section(
        "one programme",
        {
          name: { description: "for reports", type: ["string", "number"] },
          rules: {
            description: "ids of its rules; a rule belongs to one programme at most",
            type: "array",
            items: { type: "integer" },
          },
          budgetRial: limit("most credit and discount that it gives in all, at every pad"),
        },
        ["name", "rules"],
      ),
    },
  };
}

/** Returns, gift cards, rewards. */
function purseProperties(): Schema {
  return {
    refund: section("goods that come back", {
      graceDays: whole("used credit whose last day is past comes back for so many days, 0..255"),
    }),
    staff: section("who may do what at the pad", {
      login: yesNo("nobody uses the pad before a staff card was shown"),
      supervisorFor: {
        description: "what needs a supervisor's card and PIN; grants always do",
        type: ["array", "null"],
        items: { enum: Object.keys(SUPERVISED) },
      },
      approveAboveRial: limit("what comes back, is loaded, granted or paid with credit above it"),
      grantsPerDayRial: limit(
        "most that one supervisor grants in a business day; the office tells",
      ),
    }),
    gift: section("gift cards", {
      ...WINDOW_KEYS,
      topUp: yesNo("a loaded card may be loaded again"),
    }),
    rewards: {
      description: "what points can be exchanged for",
      type: ["array", "null"],
      items: section(
        "one reward",
        {
          id: whole("1..255, unique; what the cashier types"),
          name: { description: "for people and reports", type: ["string", "number"] },
          points: whole("what it costs"),
          creditRial: whole("what it gives as credit; without: goods"),
        },
        ["id", "points"],
      ),
    },
  };
}

/** JSON Schema, draft 7, which editors know best. */
export function rulesetSchema(): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "ClubPad ruleset",
    type: "object",
    properties: topProperties(),
    required: ["club", "version", "validFrom", "credit"],
    additionalProperties: false,
  };
}

/** As `rulesets/ruleset.schema.json` holds it. */
export function schemaText(): string {
  return `${JSON.stringify(rulesetSchema(), undefined, 2)}\n`;
}
