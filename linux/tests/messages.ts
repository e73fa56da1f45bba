/** The orders in which message queues give what they hold: POSIX's by priority, System V's by type. */

import { IPC_NOWAIT, MSG_COPY, MSG_EXCEPT } from "../../abi/linux-ipc.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  MatchMode,
  type MessageList,
  matchModeOf,
  messageAppend,
  messageFind,
  messageMatches,
  messageRemove,
  type QueuedMessage,
} from "../core/message-list.ts";
import { type PriorityEntry, type PriorityHeap, priorityHeapPut, priorityHeapTake } from "../core/priority-heap.ts";

const CAPACITY = 200;
const heap: PriorityHeap = zeroed();
const entries: FixedArray<PriorityEntry, 200> = zeroed();

function priorities(): void {
  heap.entries = elements(entries);
  heap.capacity = CAPACITY;
  expect(priorityHeapTake(heap) === 0n, "empty");
  let random: u32 = 1;
  for (let round: u32 = 0; round < 20; round++) {
    for (let i: u32 = 1; i <= CAPACITY; i++) {
      random = random * 1_103_515_245 + 12_345;
      const priority = (random >> 16) % 17;
      priorityHeapPut(heap, priority, VirtAddr((u64(priority) << 32n) | u64(i)));
    }
    let last: u64 = u64.MAX;
    for (let i: u32 = 0; i < CAPACITY; i++) {
      const now = u64(priorityHeapTake(heap));
      const isOlder = now >> 32n === last >> 32n && (now & 0xffff_ffffn) > (last & 0xffff_ffffn);
      expect(isOlder || now >> 32n < last >> 32n, "the highest first, then the oldest");
      last = now;
    }
  }
  expect(priorityHeapTake(heap) === 0n && heap.count === 0, "empty again");
}

const list: MessageList = zeroed();
const messages: FixedArray<QueuedMessage, 5> = zeroed();

/** The index of what is found, -1n: nothing. */
function find(type: i64, flags: u32): i64 {
  const found = messageFind(list, type, matchModeOf(type, flags));
  return found === null ? -1n : (i64(virtAddr(found)) - i64(virtAddr(messages[0]))) / i64(sizeOf<QueuedMessage>());
}

function fill(index: u32, type: i64): void {
  messages[index].type = type;
  messageAppend(list, addressOf(messages[index]));
}

function types(): void {
  fill(0, 3n);
  fill(1, 1n);
  fill(2, 2n);
  fill(3, 1n);
  fill(4, i64.MAX);
  expectEqual(find(0n, 0), 0n);
  expectEqual(find(1n, 0), 1n);
  expectEqual(find(3n, MSG_EXCEPT), 1n);
  expectEqual(find(-2n, MSG_EXCEPT), 1n);
  expectEqual(find(-9n, 0), 1n);
  expectEqual(find(9n, 0), -1n);
  expectEqual(find(i64.MIN, 0), 1n);
  expectEqual(find(3n, MSG_COPY | IPC_NOWAIT), 3n);
  expectEqual(find(0n, MSG_COPY | IPC_NOWAIT), 0n);
  expectEqual(find(5n, MSG_COPY | IPC_NOWAIT), -1n);
  expectEqual(find(-1n, MSG_COPY | IPC_NOWAIT), -1n);
  messageRemove(list, addressOf(messages[1]));
  expectEqual(find(-9n, 0), 3n);
  messageRemove(list, addressOf(messages[0]));
  messageRemove(list, addressOf(messages[3]));
  expectEqual(find(0n, 0), 2n);
  messageRemove(list, addressOf(messages[2]));
  expectEqual(find(i64.MIN, 0), 4n);
  expectEqual(find(-9n, 0), -1n);
  messageRemove(list, addressOf(messages[4]));
  expect(list.first === null && list.last === null, "empty");
}

function waiting(): void {
  expect(messageMatches(5n, 0n, MatchMode.Any), "any");
  expect(messageMatches(5n, 5n, MatchMode.Equal) && !messageMatches(5n, 4n, MatchMode.Equal), "equal");
  expect(!messageMatches(5n, 5n, MatchMode.NotEqual) && messageMatches(5n, 4n, MatchMode.NotEqual), "any but");
  expect(messageMatches(5n, -5n, MatchMode.LowestUpTo) && !messageMatches(5n, -4n, MatchMode.LowestUpTo), "up to");
  expect(!messageMatches(5n, 0n, MatchMode.Place), "nobody waits for a place");
}

export function testMessages(): void {
  test("POSIX messages: by priority, then by age", priorities);
  test("System V messages: by type", types);
  test("System V messages: who waits takes what comes", waiting);
}
