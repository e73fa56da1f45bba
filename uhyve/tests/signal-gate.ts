/** Signals at the gate: shut, open, and in front of a guest that does not answer. */

import { SIGINT, SIGTERM, SIGUSR1, SIGWINCH } from "../../abi/linux-signal.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  GateAnswer,
  gateAcknowledge,
  gateArrive,
  gateHasPending,
  gateOpen,
  gatePutBack,
  gateShield,
  gateTake,
  PATIENCE_NS,
  type SignalGate,
} from "../signal-gate.ts";

const gate: SignalGate = zeroed();
const START = 1000n;

export function signalGateTests(): void {
  test("signals: a shut gate ends the machine", shut);
  test("signals: a shut gate drops what is ignored and keeps what is blocked", shielded);
  test("signals: an open gate hands each on once, lowest first", handsOn);
  test("signals: a guest that answers is never ended", answered);
  test("signals: a second one ends a guest that does not answer", unanswered);
  test("signals: two at once are both the program's", twoAtOnce);
  test("signals: only those that are meant to end do", onlyEnding);
}

function begin(): void {
  zero(gate);
  gateOpen(gate);
}

function arrive(signal: i32, atNs: u64): bool {
  return gateArrive(gate, signal, atNs) === GateAnswer.Forward;
}

function shut(): void {
  zero(gate);
  expect(!arrive(SIGINT, START), "before the kernel takes signals");
  expect(!gateHasPending(gate), "nothing is to be sent");
  expect(gateArrive(gate, SIGWINCH, START) === GateAnswer.Drop, "what nobody asked for does not end it");
  expect(!gateHasPending(gate), "and is not kept");
}

function shielded(): void {
  zero(gate);
  gateShield(gate, 1n << u64(SIGINT - 1), 1n << u64(SIGTERM - 1));
  expect(gateArrive(gate, SIGINT, START) === GateAnswer.Drop, "ignored");
  expect(gateArrive(gate, SIGTERM, START) === GateAnswer.Drop, "blocked");
  expect(gateArrive(gate, SIGUSR1, START) === GateAnswer.End, "another one");
  expect(!gateHasPending(gate), "the kernel cannot take any yet");
  gateOpen(gate);
  expectEqual(i64(gateTake(gate)), i64(SIGTERM));
  expectEqual(i64(gateTake(gate)), 0n);
  expect(arrive(SIGINT, START), "and now the program decides");
}

function handsOn(): void {
  begin();
  expect(arrive(SIGTERM, START) && arrive(SIGINT, START), "forwarded");
  expectEqual(i64(gateTake(gate)), i64(SIGINT));
  gatePutBack(gate, SIGINT);
  expectEqual(i64(gateTake(gate)), i64(SIGINT));
  expectEqual(i64(gateTake(gate)), i64(SIGTERM));
  expectEqual(i64(gateTake(gate)), 0n);
}

function answered(): void {
  begin();
  for (let i: u64 = 1n; i < 10n; i += 1n) {
    expect(arrive(SIGINT, START + i * PATIENCE_NS * 2n), "forwarded every time");
    expectEqual(i64(gateTake(gate)), i64(SIGINT));
    gateAcknowledge(gate, SIGINT);
  }
  gateAcknowledge(gate, 0);
  gateAcknowledge(gate, 65);
}

function unanswered(): void {
  begin();
  expect(arrive(SIGINT, START), "the first");
  expect(!arrive(SIGTERM, START + PATIENCE_NS + 1n), "the second, much later");
}

function twoAtOnce(): void {
  begin();
  expect(arrive(SIGINT, START), "the first");
  expect(arrive(SIGINT, START + PATIENCE_NS), "the same again");
  expect(arrive(SIGTERM, START + PATIENCE_NS), "another");
  gateAcknowledge(gate, SIGINT);
  expect(!arrive(SIGINT, START + PATIENCE_NS + 1n), "SIGTERM is still open");
}

function onlyEnding(): void {
  begin();
  expect(arrive(SIGUSR1, START), "the first");
  expect(arrive(SIGUSR1, START + 10n * PATIENCE_NS), "and once more");
  expect(!arrive(SIGTERM, START + 10n * PATIENCE_NS), "one that is meant to end");
}
