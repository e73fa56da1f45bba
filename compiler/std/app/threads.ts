/**
 * Threads: clone(2) with everything shared, one mapping for stack and area each.
 *
 *     | guard page | stack, 8 MiB of address space, touched as needed | variables | ThreadArea |
 *                                                     top of the stack ^
 *
 * A mapping is used again by a later thread once the kernel has left it, with what its arena and its line buffer still had; so
 * a program that starts many short threads needs no more memory than its largest number at one time. Threads of the program keep
 * it alive until they return, as Node's workers do.
 */
import { allocate } from "./arena.ts";
import { EVERYBODY, futexWait, futexWake, type Lock, lockAcquire, lockRelease, type Mutex } from "./lock.ts";
import { SYS_mmap, systemCall } from "./system.ts";
import { type AreaWithImage, prepareArea, type ThreadArea } from "./thread-area.ts";

const SYS_exit: u32 = 60;
const SYS_mprotect: u32 = 10;
const SYS_sched_getaffinity: u32 = 204;
const STACK_BYTES: u64 = 0x80_0000n;
const GUARD_BYTES: u64 = 0x1000n;
const AREA_BYTES: u64 = 0x1000n;
const PROT_READ_WRITE: u64 = 3n;
/** MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK */
const STACK_MAPPING: u64 = 0x2_4022n;
const NO_FILE: u64 = 0xffff_ffff_ffff_ffffn;
/** CLONE_VM | FS | FILES | SIGHAND | THREAD | SYSVSEM | SETTLS | PARENT_SETTID | CHILD_CLEARTID */
const THREAD_FLAGS: u64 = 0x3d_0f00n;
/** The largest set of processors asked for: 8192 of them. */
const MASK_WORDS = 128;

/** A thread as the program sees it; what it computes comes behind. */
@struct()
export class Thread<R> {
  isDone!: Atomic<u32>;
  result!: R;
}

/** What a thread starts with: the compiler makes a function for its type that calls `body` and keeps the result. */
@struct()
export class Task<A, R> {
  thread!: Thread<R>;
  body!: u64;
  argument!: A;
}

const freeAreasLock: Lock = zeroed();
/** Areas whose threads have ended or are just about to; the oldest first. */
let firstFree: Ptr<ThreadArea> | null = null;
let lastFree: Ptr<ThreadArea> | null = null;
/** The threads that the program must wait for. */
const running: Atomic<u32> = zeroed();

export function taskNew<A, R>(body: u64): Task<A, R> {
  const task = castPtr<Task<A, R>>(allocate<Task<A, R>>(1n));
  task.body = body;
  return task;
}

/** Both sides of clone: the parent returns with the thread's number or an error, the child never does. */
/** @naked @noinline */
function cloneThread(_flags: u64, _stack: u64, _parentTid: u64, _childTid: u64, _area: u64): i64 {
  // SAFETY: the child has a stack of its own, whose first word is its area; it starts without a frame above.
  asm`mov %rcx, %r10
      mov $56, %eax
      syscall
      test %rax, %rax
      jnz 1f
      xor %ebp, %ebp
      pop %rdi
      call ${symbol(threadMain)}
      ud2
    1: ret`;
  unreachable();
}

function newArea(): Ptr<ThreadArea> {
  const size: u64 = GUARD_BYTES + STACK_BYTES + AREA_BYTES;
  const got: i64 = systemCall(SYS_mmap, 0n, size, PROT_READ_WRITE, STACK_MAPPING, NO_FILE, 0n);
  assert(got > 0n, "the system has no memory for another thread");
  const start: u64 = u64.wrap(got);
  const guarded: i64 = systemCall(SYS_mprotect, start, GUARD_BYTES, 0n, 0n, 0n, 0n);
  assert(guarded === 0n, "the guard page of a thread's stack cannot be set");
  // SAFETY: the page behind the stack, zero and aligned, holds the area.
  const memory = pointerAt<AreaWithImage>(VirtAddr(start + GUARD_BYTES + STACK_BYTES));
  prepareArea(memory);
  return addressOf(memory.area);
}

/** The oldest free area, if the kernel has left its stack. */
function takeFreeArea(): Ptr<ThreadArea> | null {
  lockAcquire(freeAreasLock);
  const area = firstFree;
  const isUsable: bool = area !== null && area.tid.load(Order.Acquire) === 0;
  if (area !== null && isUsable) {
    firstFree = area.next;
    if (firstFree === null) lastFree = null;
  }
  lockRelease(freeAreasLock);
  return isUsable ? area : null;
}

function giveBackArea(area: Ptr<ThreadArea>): void {
  lockAcquire(freeAreasLock);
  area.next = null;
  const last = lastFree;
  if (last === null) firstFree = area;
  else last.next = area;
  lastFree = area;
  lockRelease(freeAreasLock);
}

/** Runs `entry(task)` in a new thread. */
export function threadStart(entry: (task: u64) => void, task: u64): void {
  void running.fetchAdd(1, Order.Relaxed);
  startInArea(entry, task);
}

/** The same for threads of the runtime, which never return. */
export function startInArea(entry: (task: u64) => void, task: u64): void {
  const area = takeFreeArea() ?? newArea();
  area.entry = u64(functionAddress(entry));
  area.task = task;
  const image: u64 = area.self - u64(offsetOf<AreaWithImage>("area"));
  // The first word on the stack is the area; behind it the stack is aligned as a call wants it.
  const top: u64 = (image & ~15n) - 8n;
  pointerAt<u64>(VirtAddr(top)).value = area.self;
  const tid: u64 = u64(virtAddr(addressOf(area.tid)));
  const got: i64 = cloneThread(THREAD_FLAGS, top, tid, tid, area.self);
  assert(got > 0n, "the system gives the program no more threads");
}

/** @used */
function threadMain(area: Ptr<ThreadArea>): never {
  // SAFETY: `startInArea` stored the address of such a function.
  functionAt<(task: u64) => void>(area.entry)(area.task);
  giveBackArea(area);
  if (running.fetchSub(1, Order.AcqRel) === 1) void futexWake(u64(virtAddr(addressOf(running))), EVERYBODY);
  void systemCall(SYS_exit, 0n, 0n, 0n, 0n, 0n, 0n);
  unreachable();
}

/** The result has its place: those who wait for it may go on. `thread` is the address of a Thread<R>, which begins with the word. */
export function threadDone(thread: u64): void {
  // SAFETY: every Thread<R> begins with this word.
  const word = pointerAt<Thread<u8>>(VirtAddr(thread));
  word.isDone.store(1, Order.Release);
  void futexWake(thread, EVERYBODY);
}

export function threadWait(thread: u64): void {
  // SAFETY: as in threadDone.
  const word = pointerAt<Thread<u8>>(VirtAddr(thread));
  while (word.isDone.load(Order.Acquire) === 0) void futexWait(thread, 0);
}

/** The end of the program waits for all threads that it started. */
export function waitForThreads(): void {
  for (;;) {
    const count: u32 = running.load(Order.Acquire);
    if (count === 0) return;
    void futexWait(u64(virtAddr(addressOf(running))), count);
  }
}

/** The number of processors that the program may run on; 1 where the system does not say. */
export function hardwareConcurrency(): f64 {
  const mask: FixedArray<u64, typeof MASK_WORDS> = zeroed();
  const bytes: u64 = u64(MASK_WORDS) * 8n;
  const got: i64 = systemCall(SYS_sched_getaffinity, 0n, bytes, u64(virtAddr(elements(mask))), 0n, 0n, 0n);
  let count: u32 = 0;
  if (got > 0n) for (let i: u32 = 0; i < u32(MASK_WORDS); i++) count += popCount(mask[i]);
  return count > 0 ? f64(count) : 1.0;
}

export function mutexNew(): Mutex {
  return castPtr<Mutex>(allocate<Mutex>(1n));
}
