/** Tlook as a guest sends it, and its answer in parts. */

import { type NinepOpened, NinepType } from "../../../abi/ninep.ts";
import { expect, expectEqual } from "../../../compiler/std/testing.ts";
import { wireGet8, wireGet16, wireGet32, wireGet64, wireGetBytes } from "../../../compiler/std/wire.ts";
import { ask, ninepBegin, put16, put32, putText, ROOT, reply } from "./guest.ts";

export const FID = 1;
export const OPEN = 20;

/** The fields of Rlook before the attributes. */
class Answer {
  walked!: u32;
  error!: u32;
  openError!: u32;
  opened!: u32;
  dataBytes!: u32;
}

export const answer: Answer = zeroed();

export function start(flags: u32, dataBytes: u32, names: u16): void {
  ninepBegin(NinepType.Tlook);
  put32(ROOT);
  put32(flags);
  put32(0o640);
  put32(OPEN);
  put32(dataBytes);
  put16(names);
}

export function name(fid: u32, text: string): void {
  put32(fid);
  putText(text);
}

export function look(): i64 {
  const result = ask();
  if (result < 0n) return result;
  answer.walked = u32(wireGet16(reply));
  answer.error = wireGet32(reply);
  answer.openError = wireGet32(reply);
  answer.opened = u32(wireGet8(reply));
  answer.dataBytes = wireGet32(reply);
  expect(!reply.hasFailed, "Rlook has its fields");
  return 0n;
}

export let links: u64 = 0n;

/** Skips the attributes of one name, but for its links; its mode. */
export function attributes(): u32 {
  void wireGetBytes(reply, 21n);
  const mode = wireGet32(reply);
  void wireGetBytes(reply, 8n);
  links = wireGet64(reply);
  void wireGetBytes(reply, 8n);
  void wireGet64(reply);
  void wireGetBytes(reply, 96n);
  return mode;
}

export function expectFound(walked: u32, error: u32, opened: NinepOpened, openError: u32): void {
  expectEqual(i64(answer.walked), i64(walked));
  expectEqual(i64(answer.error), i64(error));
  expectEqual(i64(answer.opened), i64(u32(opened)));
  expectEqual(i64(answer.openError), i64(openError));
}
