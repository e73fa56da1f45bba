/**
 * The attendant: a thread that watches the queue for files, so that a guest to which exits are dear need not ring (abi/uhyve.ts:
 * UHYVE_NINEP_ATTEND; decision 0014).
 *
 *     none -> awake     the guest asks with a doorbell, and the host has a processor for a thread more than the guest has
 *     awake -> asleep   nothing has come for a while; somebody else wants the processor; a doorbell was rung nevertheless and answered
 *     asleep -> awake   two doorbells close upon each other, unless the attendant rests
 *
 * Watching costs a processor, so it ends soon, and sooner where it does not pay: the patience grows with requests that come while it lasts. It does
 * not begin where others want the processors; a gap in the attendant's own time means that they do now, and then it rests, longer each time. The
 * guest never depends on it: who has waited for longer than some doorbells cost rings, and the vCPU's thread answers as if there was none.
 */

import { FUTEX_PRIVATE_FLAG, FUTEX_WAIT, FUTEX_WAKE } from "../../abi/linux-process.ts";
import { SYS_futex } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { confineAttendant, endUnlessConfined } from "../confinement/confine.ts";
import { threadStart } from "../lock.ts";
import { loadIsBelow } from "../processors.ts";
import { signalsLeaveToFirstThread } from "../signals.ts";
import { readTimeStamp } from "../time-stamp.ts";
import { ATTENDANT_REQUEST } from "./limits.ts";
import { queuePublished } from "./queue.ts";
import { type NinepServer, ninepServerAttend, ninepServerServe } from "./server.ts";

enum State {
  /** There is no thread, and there will be none. */
  Never = 0,
  None = 1,
  Awake = 2,
  Asleep = 3,
}

/** How long the attendant watches in vain, in microseconds. */
const LEAST_PATIENCE_US = 250n;
const MOST_PATIENCE_US = 2000n;
/** Two doorbells as close as this wake it. */
const CLOSE_US = 1000n;
/** Between two looks at the queue there is no such gap, unless somebody else has the processor. */
const GAP_US = 150n;
const LEAST_REST_US = 5000n;
const MOST_REST_US = 320_000n;
/** From the start of the guest on. */
const TRUST_US = 1_000_000n;
/** Looks at the queue between two at the clock. */
const LOOKS = 16;

export class Attendant {
  server!: Ptr<NinepServer>;
  /** One of State; a futex of the thread's. */
  state!: Atomic<u32>;
  /** Time stamps: of the last doorbell that asked, and of the end of a rest. */
  lastAsked!: Atomic<u64>;
  restEnd!: Atomic<u64>;
  cyclesPerUs!: u64;
  /** Of the host, for this process. */
  processors!: u32;
  /** Time stamp: up to here the load of the last minute does not count. */
  trustEnd!: u64;
  /** Of the thread alone, in microseconds. */
  patience!: u64;
  rest!: u64;
}

export const ninepAttendant: Attendant = zeroed();

/**
 * From now on a guest of `cpuCount` processors may have one on this host's `processors`, if that is more and the frequency of the time-stamp counter
 * is known (0: it is not).
 */
export function attendantInit(
  attendant: Attendant,
  server: Ptr<NinepServer>,
  tscKhz: u32,
  cpuCount: u32,
  processors: u32,
): void {
  attendant.server = server;
  attendant.cyclesPerUs = u64(tscKhz) / 1000n;
  attendant.patience = MOST_PATIENCE_US;
  attendant.rest = LEAST_REST_US;
  attendant.processors = processors;
  if (cpuCount < processors && attendant.cyclesPerUs > 0n) attendant.state.store(State.None, Order.Release);
}

/** The host has a processor to spare now: that counts for more than the load of the last minute, for a while. */
export function attendantTrust(attendant: Attendant): void {
  attendant.trustEnd = readTimeStamp() + TRUST_US * attendant.cyclesPerUs;
}

/** A guest has asked for it with a doorbell, which this thread has answered. */
export function attendantAsk(attendant: Attendant): void {
  const now = readTimeStamp();
  const last = attendant.lastAsked.exchange(now, Order.Relaxed);
  const state = attendant.state.load(Order.Acquire);
  if (now < attendant.restEnd.load(Order.Relaxed)) return;
  if (state === State.None) begin(attendant, now);
  if (state === State.Asleep && now - last <= CLOSE_US * attendant.cyclesPerUs) wake(attendant, now);
}

/** Starts the thread, unless the host is busy: then that is looked at again after a while. */
function begin(attendant: Attendant, now: u64): void {
  if (now > attendant.trustEnd && !loadIsBelow(2 * attendant.processors - 1)) {
    attendant.restEnd.store(now + MOST_REST_US * attendant.cyclesPerUs, Order.Relaxed);
  } else if (attendant.state.compareExchange(State.None, State.Awake, Order.AcqRel)) {
    const started = threadStart(threadMain, castPtr<u8>(addressOf(attendant)));
    if (started < 0n) attendant.state.store(State.Never, Order.Release);
  }
}

/** Now the load may be the guest and the attendant itself. */
function wake(attendant: Attendant, now: u64): void {
  if (now > attendant.trustEnd && !loadIsBelow(2 * attendant.processors + 1)) {
    attendant.restEnd.store(now + MOST_REST_US * attendant.cyclesPerUs, Order.Relaxed);
  } else if (attendant.state.compareExchange(State.Asleep, State.Awake, Order.AcqRel)) {
    void linuxCall(SYS_futex, callPointer(attendant.state), u64(FUTEX_WAKE | FUTEX_PRIVATE_FLAG), 1n);
  }
}

function threadMain(argument: Ptr<u8>): void {
  // SAFETY: attendantAsk passes the Attendant, which lives as long as the process.
  const attendant = castPtr<Attendant>(argument);
  signalsLeaveToFirstThread();
  endUnlessConfined(confineAttendant());
  for (;;) {
    attendantTurn(attendant);
    sleepUntilAsked(attendant);
  }
}

function sleepUntilAsked(attendant: Attendant): void {
  attendant.state.store(State.Asleep, Order.Release);
  while (attendant.state.load(Order.Acquire) === State.Asleep) {
    const operation = u64(FUTEX_WAIT | FUTEX_PRIVATE_FLAG);
    void linuxCall(SYS_futex, callPointer(attendant.state), operation, u64(State.Asleep), 0n);
  }
}

/** Watches the queue and answers, as long as it pays. Whoever was told not to ring is answered. */
export function attendantTurn(attendant: Attendant): void {
  const server = attendant.server;
  ninepServerAttend(server, true);
  const hasOthers = watch(attendant);
  if (hasOthers) {
    const end = readTimeStamp() + attendant.rest * attendant.cyclesPerUs;
    attendant.restEnd.store(end, Order.Relaxed);
    if (attendant.rest < MOST_REST_US) attendant.rest *= 2n;
  } else {
    attendant.rest = LEAST_REST_US;
  }
  ninepServerAttend(server, false);
  // What came while the guest was still told not to ring.
  void ninepServerServe(server, ATTENDANT_REQUEST);
}

/** Until nothing comes any more, or a doorbell has dismissed the attendant, or (true) others want its processor. */
function watch(attendant: Attendant): bool {
  const server = attendant.server;
  const scale = attendant.cyclesPerUs;
  let published = queuePublished(server.device);
  let served = ninepServerServe(server, ATTENDANT_REQUEST);
  let last = readTimeStamp();
  let before = last;
  while (server.isAttended.load(Order.Acquire) !== 0) {
    if (waitForMore(server, published)) {
      published = queuePublished(server.device);
      served += ninepServerServe(server, ATTENDANT_REQUEST);
      last = readTimeStamp();
      before = last;
      continue;
    }
    const now = readTimeStamp();
    if (now - before > GAP_US * scale) return true;
    before = now;
    if (now - last > attendant.patience * scale) break;
  }
  learn(attendant, served);
  return false;
}

/** Looks for a moment whether the guest has made more available than `published`. */
function waitForMore(server: Ptr<NinepServer>, published: u16): bool {
  for (let i: u32 = 0; i < LOOKS; i += 1) {
    if (queuePublished(server.device) !== published) return true;
    // SAFETY: tells the processor that this is a loop of waiting; nothing else.
    asm`pause`;
  }
  return false;
}

/** Patience that was rewarded grows. */
function learn(attendant: Attendant, served: u32): void {
  if (served > 1 && attendant.patience < MOST_PATIENCE_US) attendant.patience *= 2n;
  if (served === 0 && attendant.patience > LEAST_PATIENCE_US) attendant.patience /= 2n;
}
