/**
 * Who the program is at the moment: numbers of users and groups, which begin as those of whoever started the machine, and which root may change
 * (credentials(7)). They are the process's: C libraries see to that anyway, and change them in all threads.
 *
 * What root may do goes by capabilities, which follow the users (linux/capabilities.ts); no file gives its owner's rights to who executes it
 * (nosuid). Servers of exports act as the user who started the machine in any case.
 */

import { EINVAL, EPERM } from "../abi/errno.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { type RwLock, readAcquire, writeAcquire } from "../kernel/sync/rw-lock.ts";
import { programModule } from "./program.ts";
import { currentTask } from "./task.ts";

/** NGROUPS_MAX */
export const MOST_GROUPS = 65536;
const UNCHANGED = u32.MAX;

/** Of users, or of groups. */
export class Identities {
  real!: u32;
  effective!: u32;
  saved!: u32;
  file!: u32;
}

const userNumbers: Identities = zeroed();
const groupNumbers: Identities = zeroed();
/** They are the module's until then. */
let hasChanged: bool = false;

const groupsLock: RwLock = zeroed();
let groups: Ptr<u32> | null = null;
let groupCount: u32 = 0;

function begin(numbers: Identities, id: u32): void {
  numbers.real = id;
  numbers.effective = id;
  numbers.saved = id;
  numbers.file = id;
}

function beginAll(): void {
  if (!hasChanged) {
    begin(userNumbers, programModule().uid);
    begin(groupNumbers, programModule().gid);
    hasChanged = true;
  }
}

export function users(): Identities {
  beginAll();
  return userNumbers;
}

export function userGroups(): Identities {
  beginAll();
  return groupNumbers;
}

/** Who the program is to files. */
export function fileUser(): u32 {
  return hasChanged ? asSeen(userNumbers) : programModule().uid;
}

export function fileGroup(): u32 {
  return hasChanged ? asSeen(groupNumbers) : programModule().gid;
}

function asSeen(numbers: Identities): u32 {
  return currentTask().asksAsReal ? numbers.real : numbers.file;
}

/** Whether files of a group are the program's group's. */
export function isInGroup(group: u32): bool {
  if (fileGroup() === group) {
    return true;
  }
  using _section = readAcquire(groupsLock);
  const list = groups;
  for (let i: u32 = 0; i < groupCount && list !== null; i++) {
    if (list[i] === group) {
      return true;
    }
  }
  return false;
}

/** Another program begins: what it is effectively it may come back to. */
export function usersOfNewProgram(): void {
  if (hasChanged) {
    userNumbers.saved = userNumbers.effective;
    groupNumbers.saved = groupNumbers.effective;
    userNumbers.file = userNumbers.effective;
    groupNumbers.file = groupNumbers.effective;
  }
}

function isAny(numbers: Identities, id: u32): bool {
  return id === UNCHANGED || id === numbers.real || id === numbers.effective || id === numbers.saved;
}

/** setuid(2), setgid(2): 0n, -EINVAL or -EPERM. `mayAny` here and below: the program has the capability for it. */
export function identitySet(numbers: Identities, id: u32, mayAny: bool): i64 {
  if (id === UNCHANGED) {
    return i64(-EINVAL);
  }
  if (mayAny) {
    begin(numbers, id);
    return 0n;
  }
  if (id !== numbers.real && id !== numbers.saved) {
    return i64(-EPERM);
  }
  numbers.effective = id;
  numbers.file = id;
  return 0n;
}

/** setreuid(2), setregid(2). */
export function identitySetTwo(numbers: Identities, real: u32, effective: u32, mayAny: bool): i64 {
  const mayReal = real === UNCHANGED || real === numbers.real || real === numbers.effective;
  if (!mayAny && !(mayReal && isAny(numbers, effective))) {
    return i64(-EPERM);
  }
  const before = numbers.real;
  numbers.real = real === UNCHANGED ? before : real;
  numbers.effective = effective === UNCHANGED ? numbers.effective : effective;
  if (real !== UNCHANGED || (effective !== UNCHANGED && effective !== before)) {
    numbers.saved = numbers.effective;
  }
  numbers.file = numbers.effective;
  return 0n;
}

/** setresuid(2), setresgid(2). */
export function identitySetThree(numbers: Identities, real: u32, effective: u32, saved: u32, mayAny: bool): i64 {
  const isOwn = isAny(numbers, real) && isAny(numbers, effective) && isAny(numbers, saved);
  if (!mayAny && !isOwn) {
    return i64(-EPERM);
  }
  numbers.real = real === UNCHANGED ? numbers.real : real;
  numbers.effective = effective === UNCHANGED ? numbers.effective : effective;
  numbers.saved = saved === UNCHANGED ? numbers.saved : saved;
  numbers.file = numbers.effective;
  return 0n;
}

/** setfsuid(2), setfsgid(2): the number before, whether or not it has changed. */
export function identitySetFile(numbers: Identities, id: u32, mayAny: bool): u32 {
  const before = numbers.file;
  if (id !== UNCHANGED && (mayAny || id === before || isAny(numbers, id))) {
    numbers.file = id;
  }
  return before;
}

/** How many supplementary groups there are; as many as there is room for are put into `out`. */
export function groupsGet(out: Slice<u32>): u32 {
  using _section = readAcquire(groupsLock);
  const list = groups;
  for (let i: u32 = 0; i < groupCount && u64(i) < out.length && list !== null; i++) {
    setAt(out, u64(i), list[i]);
  }
  return groupCount;
}

/** Takes over a list on the heap, null if it is empty. As Linux, it gives it back in ascending order. */
export function groupsSet(list: Ptr<u32> | null, count: u32): void {
  beginAll();
  if (list !== null) {
    sort(list, count);
  }
  let before: Ptr<u32> | null = null;
  {
    using _section = writeAcquire(groupsLock);
    before = groups;
    groups = list;
    groupCount = count;
  }
  if (before !== null) {
    heapFree(castPtr<u8>(before));
  }
}

/** Shell's sort: lists are short, and a long one is none of the kernel's stack. */
function sort(list: Ptr<u32>, count: u32): void {
  for (let gap = count / 2; gap > 0; gap /= 2) {
    for (let i = gap; i < count; i++) {
      const value = list[i];
      let place = i;
      while (place >= gap && list[place - gap] > value) {
        list[place] = list[place - gap];
        place -= gap;
      }
      list[place] = value;
    }
  }
}

/** Room for a list; null: none. */
export function groupsRoom(count: u32): Ptr<u32> | null {
  const memory = heapAlloc(u64(count) * 4n);
  // SAFETY: heap blocks are aligned to 16.
  return memory === null ? null : castPtr<u32>(memory);
}
