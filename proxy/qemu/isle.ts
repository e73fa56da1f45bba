/**
 * The QEMU isle: starts QEMU with the kernel and the boot module, serves the guest's channel, returns the program's exit status.
 *
 * KVM is tried first if the device opens and the host runs guest ring 0 natively; a QEMU that ends with an error (or whose KVM stops the machine) before the guest has done
 * anything was not able to use it, and the guest is started again on TCG, with one line that says so. Nothing can have happened
 * twice: a guest without frames but the log's has read and written nothing.
 *
 *     proxy  <-- socket pair --> QEMU's virtserialport <--> the guest's channel
 *            <-- pipe ---------- QEMU's stderr, kept for the report
 *            --- pipe ---------> what QEMU waits for before it reads the module, which is filled while QEMU starts
 */

import { CHANNEL_MAX_AWAITS, type FrameHeader } from "../../abi/channel.ts";
import { E2BIG, EAGAIN, EINTR } from "../../abi/errno.ts";
import { type Iovec, MFD_CLOEXEC, O_CLOEXEC, O_RDWR, POLLIN, type Pollfd } from "../../abi/linux-files.ts";
import { SYS_open, SYS_pipe2, SYS_poll, SYS_recvfrom, SYS_socketpair } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import { hostRead, hostWriteVectors } from "../channel/host-io.ts";
import { outputsOpen } from "../channel/outputs.ts";
import {
  type ChannelServer,
  channelServerAnswer,
  channelServerAwaited,
  channelServerFeed,
  channelServerFlush,
  channelServerInit,
  ServerState,
} from "../channel/server.ts";
import { qemuProxyConfine } from "../confinement.ts";
import { findProgram } from "../find-program.ts";
import { memoryFileMake, memoryFilePut } from "../memory-file.ts";
import type { PathText } from "../path-text.ts";
import { type ArgumentList, QEMU_GUEST_ABORTED, qemuArguments } from "./arguments.ts";
import { type ChildFds, childDescriptor, childEnd, childStart, childWait, closeFd, EXEC_FAILED } from "./child.ts";
import {
  endSignalsBeginFrame,
  endSignalsEndFrame,
  endSignalsGuard,
  endSignalsHandle,
  endSignalsSendPending,
} from "./end-signals.ts";
import { qemuEnvironment } from "./environment.ts";
import { firmwareFile } from "./firmware.ts";
import type { QemuOptions } from "./options.ts";
import {
  reportAbsent,
  reportCommand,
  reportDeath,
  reportFileError,
  reportHostError,
  reportKvmRefused,
  reportKvmUnusable,
  reportNoSandbox,
  reportRing0Emulated,
} from "./report.ts";
import { ring0IsEmulated } from "./ring0.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const MSG_PEEK = 2;
const MSG_DONTWAIT = 0x40;
/** What the guest sends is read in pieces of this size; larger only costs memory that is touched. */
const RECEIVE_BYTES = 0x1_0000;
const ERROR_TEXT_BYTES = 8192;
/** The socket, QEMU's stderr, and what the guest waits for. */
const FIRST_AWAITED = 2;

/** One run of QEMU. */
export class QemuRun {
  pid!: i64;
  /** Of the process, or a negative errno. */
  descriptor!: i64;
  /** Memory files that QEMU inherits. */
  firmware!: i32;
  kernel!: i32;
  socket!: i32;
  errorPipe!: i32;
  /** QEMU waits until this end of the pipe is closed. */
  gate!: i32;
  /** The beginning of what QEMU wrote to stderr. */
  errorText!: Bytes<8192>;
  errorBytes!: u32;
  waitStatus!: i32;
  hasEnded!: bool;
  /** The guest has sent something. */
  hasSpoken!: bool;
  usesKvm!: bool;
  hasFilled!: bool;
  isConfined!: bool;
  /** Why the proxy could not be confined, as its exit status; 0: it could. */
  confinedStatus!: i32;
}

const run: QemuRun = zeroed();
const argumentList: ArgumentList = zeroed();
const qemuPath: PathText = zeroed();
const received: Bytes<0x10000> = zeroed();

/** Runs the guest to its end. The status for the proxy to exit with; what went wrong is on stderr already. */
export function qemuIsleRun(options: QemuOptions, server: ChannelServer): i32 {
  let error: i32 = 0;
  if (!findProgram(options.program, options.environment, qemuPath, addressOf(error))) {
    return reportAbsent(options.program, error);
  }
  const path = elements(qemuPath.bytes);
  const made = makeFiles(options.kernel.length);
  if (made < 0n) return reportFileError("make a memory file for the kernel", made);
  endSignalsHandle();
  outputsOpen();
  let useKvm = options.mayUseKvm && canOpenKvm() && (options.insistsOnKvm || canDoWithKvm());
  while (true) {
    const started = start(options, server, path, useKvm);
    if (started < 0n) return reportHostError("start QEMU", started);
    run.usesKvm = useKvm;
    const status = fillOnce(options);
    closeFd(run.gate);
    if (status !== 0) {
      finish();
      return status;
    }
    serve(server, options.isVerbose);
    finish();
    if (run.confinedStatus !== 0) return run.confinedStatus;
    if (server.state !== ServerState.Running) return server.status;
    if (options.isSandboxed && !run.hasSpoken && textContains(errorText(), "-sandbox")) {
      options.isSandboxed = false;
      if (options.isVerbose) reportNoSandbox();
      continue;
    }
    if (!useKvm || !mayStartAgain(server)) break;
    reportKvmRefused();
    useKvm = false;
  }
  return reportDeath(options.program, server, run.waitStatus, run.hasSpoken, errorText());
}

/** What the first QEMU has read the next one can read again: 0, or the status to exit with. */
function fillOnce(options: QemuOptions): i32 {
  if (run.hasFilled) return 0;
  run.hasFilled = true;
  const written = memoryFilePut(i64(run.kernel), 0n, options.kernel);
  if (written < 0n) return reportHostError("make a memory file for the kernel", written);
  return options.fillModule();
}

/** The kernel's file is filled later. A negative errno if they cannot be made. */
function makeFiles(kernelBytes: u64): i64 {
  const firmware = firmwareFile();
  if (firmware < 0n) return firmware;
  run.firmware = i32(firmware);
  const kernel = memoryFileMake("hermit-kernel", kernelBytes, u64(MFD_CLOEXEC));
  if (kernel >= 0n) run.kernel = i32(kernel);
  return kernel;
}

/** KVM was at fault if QEMU failed, instead of just ending, before the guest had done anything. */
function mayStartAgain(server: ChannelServer): bool {
  const status = run.waitStatus;
  // A QEMU that could not even be executed says nothing about KVM.
  const hasFailed = status !== 0 && status !== QEMU_GUEST_ABORTED << 8 && status !== EXEC_FAILED << 8;
  return server.effectCount === 0n && (hasFailed || saysKvmFailed());
}

function errorText(): Slice<u8> {
  return sliceOf(elements(run.errorText), u64(run.errorBytes));
}

function canOpenKvm(): bool {
  const fd = linuxCall(SYS_open, callPointer("/dev/kvm".data), u64(O_RDWR | O_CLOEXEC));
  if (fd < 0n) {
    reportKvmUnusable(fd);
    return false;
  }
  closeFd(i32(fd));
  return true;
}

function canDoWithKvm(): bool {
  if (!ring0IsEmulated()) return true;
  reportRing0Emulated();
  return false;
}

/** Starts QEMU: 0 or a negative errno. */
function start(options: QemuOptions, server: ChannelServer, path: Ptr<u8>, useKvm: bool): i64 {
  const fds: ChildFds = zeroed();
  const opened = openEnds(fds);
  if (opened < 0n) return opened;
  fds.firmware = run.firmware;
  fds.kernel = run.kernel;
  fds.module = options.moduleFd;
  qemuArguments(argumentList, options, useKvm);
  if (argumentList.isFull) return i64(-E2BIG);
  if (options.isVerbose) reportCommand(argumentList);
  run.errorBytes = 0;
  run.hasEnded = false;
  run.hasSpoken = false;
  // SAFETY: the sink's context is not used.
  channelServerInit(server, sendToGuest, elements(received), options.isVerbose);
  run.pid = childStart(path, argumentList, qemuEnvironment(options.environment), fds);
  if (run.pid > 0n) {
    run.descriptor = childDescriptor(run.pid);
    endSignalsGuard(run.pid, run.socket);
    options.onStart(u64(run.pid));
  }
  closeFd(fds.channel);
  closeFd(fds.standardError);
  closeFd(fds.gate);
  return run.pid < 0n ? run.pid : 0n;
}

/** Ours go into `run`, QEMU's into `fds`: 0 or a negative errno. */
function openEnds(fds: ChildFds): i64 {
  const sockets: FixedArray<i32, 2> = zeroed();
  const pipe: FixedArray<i32, 2> = zeroed();
  const gate: FixedArray<i32, 2> = zeroed();
  const type = u64(SOCK_STREAM | O_CLOEXEC);
  let result = linuxCall(SYS_socketpair, u64(AF_UNIX), type, 0n, callPointer(elements(sockets)));
  if (result < 0n) return result;
  result = linuxCall(SYS_pipe2, callPointer(elements(pipe)), u64(O_CLOEXEC));
  if (result < 0n) return result;
  result = linuxCall(SYS_pipe2, callPointer(elements(gate)), u64(O_CLOEXEC));
  if (result < 0n) return result;
  run.socket = sockets[0]!;
  run.errorPipe = pipe[0]!;
  run.gate = gate[1]!;
  fds.channel = sockets[1]!;
  fds.standardError = pipe[1]!;
  fds.gate = gate[0]!;
  return 0n;
}

/** Serves the channel until the guest or QEMU has ended. */
function serve(server: ChannelServer, isVerbose: bool): void {
  const waits: FixedArray<Pollfd, 8> = zeroed();
  while (server.state === ServerState.Running) {
    if (!confineOnce(server, isVerbose)) return;
    // poll(2) passes over negative descriptors.
    waits[0] = { fd: run.socket, events: POLLIN, revents: 0 };
    waits[1] = { fd: run.errorPipe, events: POLLIN, revents: 0 };
    const awaited = channelServerAwaited(server, elements(waits).add(FIRST_AWAITED));
    const result = linuxCall(SYS_poll, callPointer(elements(waits)), u64(FIRST_AWAITED + awaited), u64.MAX);
    if (result < 0n && result !== i64(-EINTR)) return;
    if (waits[1]!.revents !== 0) takeErrorText();
    if (saysKvmFailed()) return;
    channelServerAnswer(server);
    if (waits[0]!.revents !== 0 && !takeFrames(server)) return;
    endSignalsSendPending();
  }
}

/** As soon as QEMU, which runs by then, cannot have to be started again; false if it did not work. */
function confineOnce(server: ChannelServer, isVerbose: bool): bool {
  const runs = run.usesKvm ? server.effectCount > 0n : run.hasSpoken;
  if (run.isConfined || !runs) return true;
  run.isConfined = true;
  run.confinedStatus = qemuProxyConfine(isVerbose);
  return run.confinedStatus === 0;
}

/** Feeds the server what the socket has; false at its end. */
function takeFrames(server: ChannelServer): bool {
  const count = hostRead(run.socket, elements(received), u64(RECEIVE_BYTES));
  if (count === i64(-EAGAIN)) return true;
  if (count <= 0n) return false;
  run.hasSpoken = true;
  channelServerFeed(server, sliceOf(elements(received), u64(count)));
  channelServerFlush(server);
  return true;
}

/** Keeps the beginning of QEMU's stderr and drops the rest. */
function takeErrorText(): void {
  const scratch: Bytes<512> = zeroed();
  const count = hostRead(run.errorPipe, elements(scratch), 512n);
  if (count <= 0n) {
    closeFd(run.errorPipe);
    run.errorPipe = -1;
    return;
  }
  const room = ERROR_TEXT_BYTES - run.errorBytes;
  const kept = u32(count) < room ? u32(count) : room;
  copyBytes(elements(run.errorText).add(run.errorBytes), elements(scratch), u64(kept));
  run.errorBytes += kept;
}

/** QEMU stops, but does not end, when KVM cannot run the guest (accel/kvm: "kvm run failed", "KVM internal error"). */
function saysKvmFailed(): bool {
  return textContains(errorText(), "kvm run failed") || textContains(errorText(), "KVM internal error");
}

function textContains(text: Slice<u8>, wanted: string): bool {
  const length = u64(wanted.length);
  for (let start: u64 = 0n; start + length <= text.length; start += 1n) {
    if (compareBytes(text.data.add(start), wanted.data, length) === 0) return true;
  }
  return false;
}

/** Ends QEMU if it still runs, and takes its last words. */
function finish(): void {
  // Whoever closed the socket is about to exit by itself with a status that says why; anything else is killed.
  run.waitStatus = hasClosedSocket() && !saysKvmFailed() ? childWait(run.pid) : childEnd(run.pid, run.descriptor);
  endSignalsGuard(0n, -1);
  if (run.descriptor >= 0n) closeFd(i32(run.descriptor));
  while (run.errorPipe >= 0) takeErrorText();
  closeFd(run.socket);
}

function hasClosedSocket(): bool {
  let byte: u8 = 0;
  const flags = u64(MSG_PEEK | MSG_DONTWAIT);
  const result = linuxCall(SYS_recvfrom, u64.wrap(run.socket), callPointer(addressOf(byte)), 1n, flags);
  return result <= 0n && result !== i64(-EAGAIN);
}

/** Gives a frame to the guest. The socket blocks if the guest takes nothing: then it waits for nobody but itself. */
function sendToGuest(_context: Ptr<u8>, header: FrameHeader, payload: Slice<u8>): bool {
  const vectors: FixedArray<Iovec, 2> = zeroed();
  vectors[0] = { iov_base: callPointer(header), iov_len: u64(sizeOf<FrameHeader>()) };
  vectors[1] = { iov_base: callPointer(payload.data), iov_len: payload.length };
  let error: i32 = 0;
  endSignalsBeginFrame();
  void hostWriteVectors(run.socket, elements(vectors), 2, addressOf(error));
  endSignalsEndFrame();
  // A QEMU that has ended is noticed, and reported, by its socket.
  return true;
}

staticAssert(FIRST_AWAITED + CHANNEL_MAX_AWAITS === 8, "what serve waits for");
