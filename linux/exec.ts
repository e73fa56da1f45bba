/**
 * execve(2) and execveat(2): another program takes the place of the running one, in the same process.
 *
 *     prepare            everything that can be found out and copied before anything changes (exec-file.ts): errors go to the caller
 *     othersEnd          from here on there is no way back: a failure ends the program as SIGKILL does, with a sentence
 *     forget             what belongs to the old program: handlers, timers, descriptors that are marked, memory, changed call sites
 *     load               the new one's file, interpreter, vDSO and stack
 *
 * What stays is what Linux keeps: process number, descriptors, masks and pending signals, ignored signals, interval timers, limits, working
 * directory, umask, scheduling. The task that calls becomes the process's first one.
 */

import { EAGAIN, EINVAL, ENOMEM } from "../abi/errno.ts";
import { AT_EMPTY_PATH, AT_EXECVE_CHECK, AT_FDCWD, AT_SYMLINK_NOFOLLOW, PATH_MAX } from "../abi/linux-files.ts";
import { SIGKILL } from "../abi/linux-signal.ts";
import { APP_BASE, APP_LIMIT } from "../abi/memory-map.ts";
import { logInfo } from "../kernel/log/log.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { mappedMostForget } from "../kernel/mm/region-space.ts";
import { regionUnmap } from "../kernel/mm/regions.ts";
import { fpuStartOver } from "../kernel/sched/fpu.ts";
import { setFsBase } from "../nucleus/calls.ts";
import { aioForget } from "./aio.ts";
import { callSitesForget } from "./call-sites.ts";
import { capabilitiesRenew } from "./capabilities.ts";
import { cpuTimeOfNewFirst } from "./cpu-time.ts";
import { fdCloseOnExec } from "./descriptors.ts";
import { type Exec, type ExecRequest, execFree, execPrepare, isCheck } from "./exec-file.ts";
import { execTextStrings } from "./exec-text.ts";
import { othersEnd, othersMayStart } from "./exec-threads.ts";
import { execTraceDone } from "./exec-trace.ts";
import { fileImageMap, interpreterMap } from "./file-image.ts";
import { busyBeginExecute, busyEndExecute } from "./fs/busy.ts";
import type { File } from "./fs/file.ts";
import { heapText, heapTextFree, heapTextMake } from "./fs/heap-text.ts";
import { type Inode, inodeKeep, inodePut } from "./fs/inode.ts";
import { placeCopy, placeDrop, placePath } from "./fs/places.ts";
import { piOwnerBegins, piOwnerEnds } from "./futex-pi.ts";
import { programImage, programLayout } from "./layout.ts";
import { membarrierForget } from "./membarrier.ts";
import { breakReset } from "./memory.ts";
import { setLocksFuture } from "./memory-ranges.ts";
import { dumpableReset } from "./process.ts";
import { killProgram } from "./process-end.ts";
import { lastName, programReplace, type RunningProgram } from "./program.ts";
import { mapSupport, placeProgram } from "./program-place.ts";
import { robustListEnd } from "./robust-list.ts";
import { signalsResetHandlers } from "./signal-state.ts";
import { programStart } from "./start.ts";
import { type StartText, startStackMake } from "./start-stack.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask, firstTask, type Task, taskBecomeFirst } from "./task.ts";
import { taskNameInit } from "./task-name.ts";
import { timersDelete } from "./timer-calls.ts";
import { usersOfNewProgram } from "./users.ts";

const KNOWN_FLAGS = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_EXECVE_CHECK;

/** execve(path, argv, envp) */
export function sysExecve(call: SyscallFrame): i64 {
  return execute({ fd: AT_FDCWD, pathAt: call.a0, argvAt: call.a1, envpAt: call.a2, flags: 0 });
}

/** execveat(fd, path, argv, envp, flags) */
export function sysExecveat(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a4);
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    return i64(-EINVAL);
  }
  return execute({ fd: i32.wrap(call.a0), pathAt: call.a1, argvAt: call.a2, envpAt: call.a3, flags });
}

/** A negative errno, or 0n if only that was asked whether the program could be executed. */
function execute(request: ExecRequest): i64 {
  const memory = heapAllocZeroed(u64(sizeOf<Exec>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of that size.
  const exec = castPtr<Exec>(memory);
  let result = execPrepare(exec, request);
  if (result === 0n && !isCheck(request)) {
    result = become(exec);
  }
  execFree(exec);
  heapFree(memory);
  return result;
}

/** Does not come back, unless with a negative errno. */
function become(exec: Ptr<Exec>): i64 {
  const running = makeRunning(exec);
  if (running === null) {
    return i64(-ENOMEM);
  }
  if (othersEnd()) {
    replace(exec, running);
  }
  // Another task replaces the program, and this one ends before it sees the answer.
  freeRunning(running);
  return i64(-EAGAIN);
}

/** What is kept of the program while it runs; null: no memory. The strings are taken out of `exec`. */
function makeRunning(exec: Ptr<Exec>): Ptr<RunningProgram> | null {
  const memory = heapAllocZeroed(u64(sizeOf<RunningProgram>()));
  if (memory === null) {
    return null;
  }
  // SAFETY: fresh zeroed memory of that size.
  const running = castPtr<RunningProgram>(memory);
  const file = exec.file!;
  const inode = file.inode!;
  running.inode = virtAddr(inodeKeep(inode));
  // As the file that was opened for it, which counts, too: nobody can have begun to write.
  running.executes = busyBeginExecute(inode) === 0n;
  running.pathText = textOfPlace(file, inode);
  placeCopy(addressOf(running.place), addressOf(file.place), inode);
  running.nameText = heapTextMake(lastName(heapText(exec.isNameless ? running.pathText : exec.path)));
  running.strings = execTextStrings(exec.text);
  running.argc = exec.text.argc;
  running.envc = exec.text.envc;
  running.memory = exec.text.memory;
  exec.text.memory = null;
  if (running.pathText === 0n || running.nameText === 0n) {
    freeRunning(running);
    return null;
  }
  return running;
}

/** The path of a file (heap-text.ts), "" if nobody can say it; 0n: no memory. */
function textOfPlace(file: Ptr<File>, inode: Ptr<Inode>): VirtAddr {
  const buffer = heapAllocZeroed(u64(PATH_MAX));
  if (buffer === null) {
    return 0n;
  }
  const length = placePath(addressOf(file.place), inode, sliceOf(buffer, u64(PATH_MAX)));
  const text = heapTextMake(stringOf(buffer, length < 0n ? 0n : length));
  heapFree(buffer);
  return text;
}

function freeRunning(running: Ptr<RunningProgram>): void {
  heapTextFree(running.pathText);
  heapTextFree(running.nameText);
  const strings = running.memory;
  if (strings !== null) {
    heapFree(strings);
  }
  // SAFETY: makeRunning put it there, with a reference.
  const inode = pointerAt<Inode>(running.inode);
  placeDrop(addressOf(running.place), inode);
  endExecution(running);
  inodePut(inode);
  heapFree(castPtr<u8>(running));
}

/** Its file may be written to again. */
function endExecution(program: Ptr<RunningProgram>): void {
  if (program.executes) {
    busyEndExecute(pointerAt<Inode>(program.inode));
    program.executes = false;
  }
}

/** The program before the running one: an interrupt that ends the program may be reading its name while it is replaced. */
let retired: Ptr<RunningProgram> | null = null;

function retire(program: Ptr<RunningProgram> | null): void {
  const before = retired;
  retired = program;
  if (program !== null) {
    endExecution(program);
  }
  if (before !== null) {
    freeRunning(before);
  }
}

/** The other tasks have ended; the caller's starts as the new program's only one. */
function replace(exec: Ptr<Exec>, running: Ptr<RunningProgram>): never {
  const task = forgetTask();
  capabilitiesRenew(task);
  fdCloseOnExec();
  forgetProcess();
  if (regionUnmap(APP_BASE, APP_LIMIT - APP_BASE) !== 0n) {
    giveUp();
  }
  callSitesForget();
  mappedMostForget();
  const name = heapText(running.nameText);
  retire(programReplace(running));
  taskNameInit(name);
  const stack = load(exec, running);
  execTraceDone(task);
  logInfo(`${name} replaces the program and starts at ${hex(programLayout.startEntry)}`);
  execFree(exec);
  heapFree(castPtr<u8>(exec));
  othersMayStart();
  setFsBase(0n);
  fpuStartOver();
  programStart(VirtAddr(programLayout.startEntry), stack);
}

/** Ends what the calling task has of the old program's memory, and makes it the process's first one. */
function forgetTask(): Ptr<Task> {
  const task = currentTask();
  timersDelete();
  robustListEnd(task);
  piOwnerEnds(task);
  if (virtAddr(task) !== virtAddr(firstTask)) {
    cpuTimeOfNewFirst();
    taskBecomeFirst(task);
    heapFree(castPtr<u8>(task));
  }
  piOwnerBegins(addressOf(firstTask));
  firstTask.clearTidAt = 0n;
  firstTask.robustListAt = 0n;
  firstTask.rseqAt = 0n;
  return addressOf(firstTask);
}

function forgetProcess(): void {
  signalsResetHandlers();
  membarrierForget();
  aioForget();
  setLocksFuture(false);
  dumpableReset();
  usersOfNewProgram();
  breakReset();
}

/** Maps everything; the first stack pointer. */
function load(exec: Ptr<Exec>, running: Ptr<RunningProgram>): VirtAddr {
  copy(programImage, exec.image);
  placeProgram();
  const isMapped = fileImageMap(exec.file!.inode!, programImage, programLayout.base) === 0n;
  if (!isMapped || !mapSupport()) {
    giveUp();
  }
  const interpreter = exec.interpreter;
  if (interpreter !== null && interpreterMap(interpreter, exec.interpreterImage) !== 0n) {
    giveUp();
  }
  const text: StartText = {
    strings: running.strings,
    argc: running.argc,
    envc: running.envc,
    path: heapText(exec.path),
  };
  const stack = startStackMake(text);
  if (stack === 0n) {
    giveUp();
  }
  return stack;
}

function giveUp(): never {
  killProgram(SIGKILL, "it was to replace another program and does not fit into memory");
}
