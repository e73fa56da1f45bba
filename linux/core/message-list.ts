/**
 * The messages of a System V message queue in the order in which they came, and which one msgrcv(2) takes (ipc/msg.c of Linux).
 *
 *     msgtyp 0         the first
 *     msgtyp > 0       the first of this type, or with MSG_EXCEPT of any other type
 *     msgtyp < 0       of the lowest type that is not above -msgtyp the first
 *     MSG_COPY         the one at the place `msgtyp`, counted from 0
 */

import { MSG_COPY, MSG_EXCEPT } from "../../abi/linux-ipc.ts";

export enum MatchMode {
  Any = 0,
  Equal = 1,
  NotEqual = 2,
  LowestUpTo = 3,
  Place = 4,
}

/** Its bytes follow it. */
@struct(32)
export class QueuedMessage {
  next!: Ptr<QueuedMessage> | null;
  previous!: Ptr<QueuedMessage> | null;
  type!: i64;
  bytes!: u64;
}

export class MessageList {
  first!: Ptr<QueuedMessage> | null;
  last!: Ptr<QueuedMessage> | null;
}

export function matchModeOf(type: i64, flags: u32): MatchMode {
  if ((flags & MSG_COPY) !== 0) {
    return MatchMode.Place;
  }
  if (type === 0n) {
    return MatchMode.Any;
  }
  if (type < 0n) {
    return MatchMode.LowestUpTo;
  }
  return (flags & MSG_EXCEPT) !== 0 ? MatchMode.NotEqual : MatchMode.Equal;
}

/** The highest type that msgtyp < 0 allows; there is no -LONG_MIN. */
function mostOf(type: i64): i64 {
  return type === i64.MIN ? i64.MAX : -type;
}

/** Whether a receiver that waits would take a message that comes now. */
export function messageMatches(type: i64, wanted: i64, mode: MatchMode): bool {
  switch (mode) {
    case MatchMode.Any:
      return true;
    case MatchMode.Equal:
      return type === wanted;
    case MatchMode.NotEqual:
      return type !== wanted;
    case MatchMode.LowestUpTo:
      return type <= mostOf(wanted);
    default:
      return false;
  }
}

/** The message to take, which stays in the list; null: none. */
export function messageFind(list: MessageList, wanted: i64, mode: MatchMode): Ptr<QueuedMessage> | null {
  let found: Ptr<QueuedMessage> | null = null;
  let place: i64 = 0n;
  let message = list.first;
  while (message !== null) {
    if (mode === MatchMode.Place ? place === wanted : messageMatches(message.type, wanted, mode)) {
      if (mode !== MatchMode.LowestUpTo) {
        return message;
      }
      if (found === null || message.type < found.type) {
        found = message;
      }
    }
    place++;
    message = message.next;
  }
  return found;
}

export function messageAppend(list: MessageList, message: Ptr<QueuedMessage>): void {
  const last = list.last;
  message.next = null;
  message.previous = last;
  if (last === null) {
    list.first = message;
  } else {
    last.next = message;
  }
  list.last = message;
}

export function messageRemove(list: MessageList, message: Ptr<QueuedMessage>): void {
  const next = message.next;
  const previous = message.previous;
  if (next === null) {
    list.last = previous;
  } else {
    next.previous = previous;
  }
  if (previous === null) {
    list.first = next;
  } else {
    previous.next = next;
  }
}
