/**
 * The beginning and end of an application: the stack that Linux prepares (System V ABI, x86-64, 3.4.1), `process`, the clocks.
 *
 *     argc | argv[0] ... argv[argc-1] | NULL | envp[0] ... | NULL | auxv
 */
import { type List, listNew, listPush } from "./list.ts";
import { systemCall } from "./system.ts";
import { setUpFirstArea } from "./thread-area.ts";
import { waitForThreads } from "./threads.ts";
import { decodeUtf8 } from "./utf8.ts";

const SYS_clock_gettime: u32 = 228;
const SYS_exit_group: u32 = 231;
const CLOCK_REALTIME: u64 = 0n;
const CLOCK_MONOTONIC: u64 = 1n;
const NS_PER_SECOND: u64 = 1_000_000_000n;

let argumentCount: u32 = 0;
let argumentVector: u64 = 0n;
/** The address of the list that process.argv is, or 0. */
const argumentsList: Atomic<u64> = zeroed();
let exitCode: f64 = 0.0;
let startNs: u64 = 0n;

/** The compiler fills in a function like this for the statements of each module. */
export function moduleStatements(): void {}

/** @export main */
export function appMain(argc: i32, argv: Ptr<Ptr<u8>>): i32 {
  argumentCount = u32(argc);
  argumentVector = u64(virtAddr(argv));
  startNs = clockNs(CLOCK_MONOTONIC);
  setUpFirstArea(auxiliaryVector());
  runModules();
  waitForThreads();
  return statusOf(exitCode);
}

function statusOf(code: f64): i32 {
  return i32(code | 0) & 0xff;
}

/** @noreturn */
export function processExit(status: f64): never {
  void systemCall(SYS_exit_group, u64(statusOf(status)), 0n, 0n, 0n, 0n, 0n);
  unreachable();
}

export function processExitCode(): Ptr<f64> {
  return addressOf(exitCode);
}

/** The pointer at `index` of the vector; null behind the last. */
function vectorEntry(index: u64): u64 {
  // SAFETY: argv and envp lie behind one another on the initial stack, each closed by a null pointer.
  return pointerAt<u64>(VirtAddr(argumentVector + index * 8n)).value;
}

/** The auxiliary values begin behind the null pointer that closes envp. */
function auxiliaryVector(): u64 {
  let index: u64 = u64(argumentCount) + 1n;
  while (vectorEntry(index) !== 0n) index++;
  return argumentVector + (index + 1n) * 8n;
}

function textAtAddress(address: u64): string {
  let length: u64 = 0n;
  // SAFETY: the kernel ends each argument with a zero byte.
  while (pointerAt<u8>(VirtAddr(address + length)).value !== 0) length++;
  return decodeUtf8(sliceOf(pointerAt<u8>(VirtAddr(address)), length));
}

/** The executable twice, then the arguments: what Node has there for an executable and a script. */
export function processArgv(): List<string> {
  if (argumentsList.load(Order.Acquire) === 0n) {
    const list = listNew<string>(f64(argumentCount) + 1.0);
    for (let i: u32 = 0; i < argumentCount; i++) {
      const text = textAtAddress(vectorEntry(u64(i)));
      if (i === 0) void listPush<string>(list, text);
      void listPush<string>(list, text);
    }
    // Of two threads that come here at once, one makes the list that both use.
    void argumentsList.compareExchange(0n, u64(virtAddr(list)));
  }
  // SAFETY: the address of the list made above; the arena never frees it.
  return pointerAt<List<string>>(VirtAddr(argumentsList.load(Order.Acquire)));
}

/** Whether the entry at `address` is `name=...`. */
function isNamed(address: u64, name: Slice<u16>): bool {
  for (let i: u64 = 0n; i < name.length; i++) {
    const byte: u8 = pointerAt<u8>(VirtAddr(address + i)).value;
    // Names are ASCII in practice; others are not found.
    if (byte >= 0x80 || u16(byte) !== at(name, i)) return false;
  }
  return pointerAt<u8>(VirtAddr(address + name.length)).value === 0x3d;
}

export function processEnv(name: string): string | undefined {
  const units = unitsOf(name);
  for (let i: u64 = u64(argumentCount) + 1n; ; i++) {
    const entry: u64 = vectorEntry(i);
    if (entry === 0n) return undefined;
    if (isNamed(entry, units)) return textAtAddress(entry + units.length + 1n);
  }
}

// --- Clocks ------------------------------------------------------------------------------------------------------------------

function clockNs(clock: u64): u64 {
  // struct timespec: seconds, nanoseconds.
  const time: FixedArray<u64, 2> = zeroed();
  void systemCall(SYS_clock_gettime, clock, u64(virtAddr(elements(time))), 0n, 0n, 0n, 0n);
  return time[0] * NS_PER_SECOND + time[1];
}

export function monotonicNs(): u64 {
  return clockNs(CLOCK_MONOTONIC);
}

export function dateNow(): f64 {
  return f64(clockNs(CLOCK_REALTIME) / 1_000_000n);
}

export function performanceNow(): f64 {
  return f64(clockNs(CLOCK_MONOTONIC) - startNs) / 1e6;
}
