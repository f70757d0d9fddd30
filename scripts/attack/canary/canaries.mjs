/**
 * Deliberate bugs in the firmware that the search must find. Each is one piece of a source file and
 * what stands in its place; a piece that is not there once, and only once, is an error.
 */
export const CANARIES = {
  releaseFound: {
    meaning: "a record found committed is released as it is",
    file: "firmware/app/tap.ts",
    edits: [
      ["if (isAbandon()) return lowered === 2 ?", "return lowered === 2 ?"],
      ["if (!isBurnt && !isAbandon()) return Phase.Resume;", ""],
    ],
  },
  copyCounts: {
    meaning: "the copy that ends an attempt at an odd counter counts as confirmation",
    file: "firmware/app/tap.ts",
    edits: [["if (!isBurnt && !isAbandon()) return Phase.Resume;", ""]],
  },
  rollForward: {
    meaning: "an attempt is rolled forward although the card was away after the burn",
    file: "firmware/app/tap.ts",
    edits: [
      ["if (lowered === 1 && !intents.isConfirming()) return startOver();", ""],
      ["if (!isBurnt && !isAbandon()) return Phase.Resume;", ""],
    ],
  },
  noBurn: {
    meaning: "the record is written before the counter is lowered",
    file: "firmware/app/tap.ts",
    edits: [
      [
        "if (!session.lowerCounters() || !session.readCounters()) return failed();",
        "if (!session.readCounters()) return failed();",
      ],
      ["isBurnt = isEqualAt(baseCounter - 1);", "isBurnt = isEqualAt(baseCounter);"],
      [
        "return session.lowerCounters() ? Phase.Ratify : failed();",
        "return session.lowerCounters() && session.lowerCounters() ? Phase.Ratify : failed();",
      ],
    ],
  },
  anyRecord: {
    meaning: "whatever record is found at the open attempt's counter value counts as its own",
    file: "firmware/app/tap.ts",
    edits: [
      [
        "if (tag !== intents.open.values[isBase ? IntentKey.BaseTag : IntentKey.NewTag])",
        "if (tag < 0)",
      ],
    ],
  },
};
