/** The identity record: round trip, refusals by cause, and the seal. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  decodeIdentity,
  emptyIdentity,
  encodeIdentity,
  type Identity,
  IdentityField,
  openIdentity,
  sealIdentity,
} from "./identity";
import { Status } from "./status";
import { identityOf } from "./testing/named-records";
import { aes, checkProperty, hex, sampleIdentity, samplePlace, sealKeyOf } from "./testing/support";

const FILE = "identity.test.ts";
const place = samplePlace();
const sealKey = sealKeyOf(place);

function sealed(identity: Identity): Uint8Array {
  const out = new Uint8Array(48);
  assert.is(sealIdentity(aes, sealKey, place, identity, out, 0), Status.Ok);
  return out;
}

function statusOf(change: (identity: Identity) => void): Status {
  const identity = sampleIdentity();
  change(identity);
  return sealIdentity(aes, sealKey, place, identity, new Uint8Array(48), 0);
}

const u8 = fc.integer({ min: 0, max: 0xff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const anyBirth = fc.oneof(
  fc.constant({ birthMonth: 0, birthDay: 0 }),
  fc
    .record({ birthMonth: fc.integer({ min: 1, max: 12 }), birthDay: fc.nat(30) })
    .map(({ birthMonth, birthDay }) => ({
      birthMonth,
      birthDay: Math.min(birthDay + 1, birthMonth <= 6 ? 31 : 30),
    })),
);
const anyIdentity = fc
  .record({
    serial: u32,
    cardNumber: u8,
    kind: fc.constantFrom(1, 2, 3, 4, 5, 9),
    memberId: u32,
    issueDay: fc.integer({ min: 0, max: 0x7fff }),
    expiryDay: fc.integer({ min: 0x7fff, max: 0xffff }),
    birthYear: fc.oneof(fc.constant(0), fc.integer({ min: 1250, max: 1599 })),
    birth: anyBirth,
    gender: fc.nat(2),
    language: fc.nat(2),
    attribute1: u8,
    attribute2: u8,
  })
  .map(({ birth, ...rest }) => identityOf({ clubId: 0x1234, ...rest, ...birth }));

test("every identity survives sealing, and opening leaves the bytes", () => {
  const property = fc.property(anyIdentity, (identity) => {
    const bytes = sealed(identity);
    const before = hex(bytes);
    const found = emptyIdentity();
    assert.is(openIdentity(aes, sealKey, place, bytes, 0, found), Status.Ok);
    assert.equal(found, identity);
    assert.is(hex(bytes), before);
  });
  checkProperty(FILE, property);
});

test("every single flipped bit is refused and nothing is taken over", () => {
  const bytes = sealed(sampleIdentity());
  const found = emptyIdentity();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    assert.is(openIdentity(aes, sealKey, place, bytes, 0, found), Status.BadSeal, `bit ${bit}`);
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
  assert.equal(found, emptyIdentity());
});

test("another place is refused, but the counter does not matter", () => {
  const bytes = sealed(sampleIdentity());
  const others = [samplePlace(), samplePlace(), samplePlace(), samplePlace()];
  others[0].uid[1] ^= 4;
  others[1].uidLengthBytes = 7;
  others[2].clubId ^= 1;
  others[3].keyEpoch ^= 1;
  for (const other of others) {
    const status = openIdentity(aes, sealKey, other, bytes, 0, emptyIdentity());
    assert.is(status, Status.BadSeal);
  }
  const later = samplePlace(2);
  assert.is(openIdentity(aes, sealKey, later, bytes, 0, emptyIdentity()), Status.Ok);
});

test("refusals by cause", () => {
  const rows: [string, Status, (identity: Identity) => void][] = [
    ["as it is", Status.Ok, () => {}],
    ["unknown format", Status.Malformed, (identity) => (identity[IdentityField.Format] = 2)],
    ["unknown kind 0", Status.Malformed, (identity) => (identity[IdentityField.Kind] = 0)],
    ["unknown kind 6", Status.Malformed, (identity) => (identity[IdentityField.Kind] = 6)],
    ["test card", Status.Ok, (identity) => (identity[IdentityField.Kind] = 9)],
    [
      "PIN of a cashier",
      Status.Ok,
      (identity) => {
        identity[IdentityField.Kind] = 3;
        identity[IdentityField.PinDigest] = 7;
      },
    ],
    ["PIN of a member", Status.Malformed, (identity) => (identity[IdentityField.PinDigest] = 7)],
    ["reserved bytes", Status.Malformed, (identity) => (identity[IdentityField.Reserved] = 1)],
    ["unknown gender", Status.Malformed, (identity) => (identity[IdentityField.Gender] = 3)],
    ["unknown language", Status.Malformed, (identity) => (identity[IdentityField.Language] = 3)],
    ["other club", Status.Malformed, (identity) => (identity[IdentityField.ClubId] = 0x1235)],
    [
      "expires before issue",
      Status.Malformed,
      (identity) => (identity[IdentityField.ExpiryDay] = 2299),
    ],
    ["expires on issue day", Status.Ok, (identity) => (identity[IdentityField.ExpiryDay] = 2300)],
    ["never expires", Status.Ok, (identity) => (identity[IdentityField.ExpiryDay] = 0xffff)],
    ["month 13", Status.Malformed, (identity) => (identity[IdentityField.BirthMonth] = 13)],
    ["31 Esfand", Status.Malformed, (identity) => (identity[IdentityField.BirthDay] = 31)],
    ["day without month", Status.Malformed, (identity) => (identity[IdentityField.BirthMonth] = 0)],
    ["month without day", Status.Malformed, (identity) => (identity[IdentityField.BirthDay] = 0)],
    ["year 1249", Status.Malformed, (identity) => (identity[IdentityField.BirthYear] = 1249)],
    ["Gregorian year", Status.Malformed, (identity) => (identity[IdentityField.BirthYear] = 1988)],
    ["year unknown", Status.Ok, (identity) => (identity[IdentityField.BirthYear] = 0)],
    ["serial 2^32", Status.Malformed, (identity) => (identity[IdentityField.Serial] = 2 ** 32)],
  ];
  for (const [name, status, change] of rows) assert.is(statusOf(change), status, name);
  const dayOfMonth6 = (identity: Identity) => {
    identity[IdentityField.BirthMonth] = 6;
    identity[IdentityField.BirthDay] = 31;
  };
  assert.is(statusOf(dayOfMonth6), Status.Ok, "31 Shahrivar");
});

test("any 32 bytes decode to an identity that encodes to the same bytes, or are refused", () => {
  const plausible = fc.tuple(anyIdentity, fc.nat(31), u8).map(([identity, position, value]) => {
    const bytes = new Uint8Array(32);
    encodeIdentity(identity, bytes, 0);
    bytes[position] = value;
    return bytes;
  });
  const property = fc.property(plausible, (bytes) => {
    const found = emptyIdentity();
    if (decodeIdentity(bytes, 0, found) !== Status.Ok) return;
    const again = new Uint8Array(32);
    assert.is(encodeIdentity(found, again, 0), Status.Ok);
    assert.is(hex(again), hex(bytes));
  });
  checkProperty(FILE, property, 1000);
});

test.run();
