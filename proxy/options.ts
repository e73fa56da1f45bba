/**
 * The options of `hermit run` and the HERMIT_ variables: what the user asked for, checked, before anything is done.
 *
 * Variables are read first and options override them (as the original's README defines the variables; the options are ours). Nothing
 * here touches the host; limits of the host are checked by those who meet them. Called by binfmt_misc the proxy gets the
 * program's path as its first argument, so the first argument that is no option is the program and everything behind it belongs to
 * that.
 */

import { MIN_MEMORY_BYTES } from "../abi/memory-map.ts";
import { type ParsedNumber, parseCount, parseSize } from "./sizes.ts";
import { environmentValue, stringAt } from "./strings.ts";

export enum Isle {
  /** The best that works here. */
  Automatic = 0,
  Uhyve = 1,
  Qemu = 2,
  /** A number: cores beside Linux. */
  MultiKernel = 3,
}

export enum Action {
  Run = 0,
  Help = 1,
  Probe = 2,
  /** Say what the program needs (plan.ts). */
  Plan = 3,
  /** Write the kernel's file. */
  Kernel = 4,
  /** Say what libraries the program's other arguments need, which are shared objects (plan.ts). */
  Needs = 5,
}

export enum OptionError {
  None = 0,
  UnknownOption = 1,
  MissingValue = 2,
  MissingProgram = 3,
  BadIsle = 4,
  BadCpus = 5,
  NoCpus = 6,
  BadMemory = 7,
  MemoryTooSmall = 8,
  /** uhyve by name, which is nothing without KVM, and HERMIT_KVM=0. */
  UhyveWithoutKvm = 9,
  TooManyMounts = 10,
}

export class RunOptions {
  action!: Action;
  isle!: Isle;
  cpuCount!: u32;
  /** The number as the user wrote it; cpuCount is never more than 32 bits hold. */
  cpusText!: string;
  memoryBytes!: u64;
  /** The user named the size; the default may be more than a small host has. */
  hasMemory!: bool;
  isVerbose!: bool;
  isStrace!: bool;
  isTimed!: bool;
  hasDebugger!: bool;
  mayUseKvm!: bool;
  /** HERMIT_KVM is 1. */
  insistsOnKvm!: bool;
  qemu!: string;
  /** Index of the program in argv. */
  program!: u32;
  /** As the user wrote them (mounts.ts). */
  mounts!: FixedArray<string, 64>;
  mountCount!: u32;
  hasDefaultMounts!: bool;
  /** Where a core file is wanted, NUL-terminated; "": nowhere. */
  coreFile!: string;
  /** The text that an error is about, and where it came from (an option or a variable). */
  subject!: string;
  source!: string;
}

export const DEFAULT_MEMORY_BYTES = 0x8000_0000n;
const DEFAULT_QEMU = "qemu-system-x86_64";
/** RAM is given in large pages. */
const MEMORY_GRANULE = 0x20_0000n;

/** Reads environment and command line into `options`. */
export function optionsParse(options: RunOptions, argc: u32, argv: Ptr<u64>, environment: Ptr<u64>): OptionError {
  zero(options);
  options.cpuCount = 1;
  options.cpusText = "1";
  options.memoryBytes = DEFAULT_MEMORY_BYTES;
  options.qemu = DEFAULT_QEMU;
  options.mayUseKvm = true;
  options.hasDefaultMounts = true;
  const fromEnvironment = readEnvironment(options, environment);
  if (fromEnvironment !== OptionError.None) return fromEnvironment;
  return readArguments(options, argc, argv);
}

function readEnvironment(options: RunOptions, environment: Ptr<u64>): OptionError {
  options.isVerbose = isSwitchedOn(environment, "HERMIT_VERBOSE");
  options.isStrace = isSwitchedOn(environment, "HERMIT_STRACE");
  options.isTimed = isSwitchedOn(environment, "HERMIT_TIME");
  options.hasDebugger = isSwitchedOn(environment, "HERMIT_DEBUG");
  options.mayUseKvm = environmentValue(environment, "HERMIT_KVM") !== "0";
  options.insistsOnKvm = environmentValue(environment, "HERMIT_KVM") === "1";
  options.coreFile = environmentValue(environment, "HERMIT_CORE");
  const qemu = environmentValue(environment, "HERMIT_QEMU");
  if (qemu.length > 0) options.qemu = qemu;
  const isle = environmentValue(environment, "HERMIT_ISLE");
  if (isle.length > 0) {
    const error = setIsle(options, isle, "HERMIT_ISLE");
    if (error !== OptionError.None) return error;
  }
  // On a multi-kernel isle the variable is a list of cores.
  const cpus = environmentValue(environment, "HERMIT_CPUS");
  if (cpus.length > 0 && options.isle !== Isle.MultiKernel) {
    const error = setCpus(options, cpus, "HERMIT_CPUS");
    if (error !== OptionError.None) return error;
  }
  const memory = environmentValue(environment, "HERMIT_MEM");
  return memory.length > 0 ? setMemory(options, memory, "HERMIT_MEM") : OptionError.None;
}

/** Set and not "0", as the original reads its switches. */
function isSwitchedOn(environment: Ptr<u64>, name: string): bool {
  const value = environmentValue(environment, name);
  return value.length > 0 && value !== "0";
}

function readArguments(options: RunOptions, argc: u32, argv: Ptr<u64>): OptionError {
  let index: u32 = 1;
  while (index < argc) {
    const argument = stringAt(argv, index);
    if (argument === "--") {
      index += 1;
      break;
    }
    if (argument.length < 2 || argument.byteAt(0) !== 45) break;
    const taken = readOption(options, argument, index + 1 < argc ? stringAt(argv, index + 1) : "", index + 1 < argc);
    if (taken < 0) return optionError;
    index += u32(taken);
  }
  options.program = index;
  if (index >= argc) return OptionError.MissingProgram;
  return options.isle === Isle.Uhyve && !options.mayUseKvm ? OptionError.UhyveWithoutKvm : OptionError.None;
}

/** Why readOption has answered -1. */
let optionError: OptionError = OptionError.None;

/** How many arguments the option took, or -1 when there is nothing more to read. */
function readOption(options: RunOptions, argument: string, next: string, hasNext: bool): i32 {
  if (argument === "--help" || argument === "-h") return stopWith(options, Action.Help);
  if (argument === "--probe") return stopWith(options, Action.Probe);
  if (argument === "--kernel") return stopWith(options, Action.Kernel);
  if (argument === "--plan" || argument === "--needs") {
    options.action = argument === "--plan" ? Action.Plan : Action.Needs;
    return 1;
  }
  if (argument === "--verbose" || argument === "-v") {
    options.isVerbose = true;
    return 1;
  }
  if (argument === "--no-default-mounts") {
    options.hasDefaultMounts = false;
    return 1;
  }
  if (argument === "--time") {
    options.isTimed = true;
    return 1;
  }
  const equals = indexOfEquals(argument);
  const name = argument.slice(0, equals);
  const isJoined = equals < argument.length;
  options.subject = argument;
  if (!isNameWithValue(name)) return fail(OptionError.UnknownOption);
  if (!isJoined && !hasNext) return fail(OptionError.MissingValue);
  const error = setValue(options, name, isJoined ? argument.slice(equals + 1, argument.length) : next);
  if (error !== OptionError.None) return fail(error);
  return isJoined ? 1 : 2;
}

function isNameWithValue(name: string): bool {
  return name === "--isle" || name === "--cpus" || name === "--memory" || name === "--mount";
}

function setValue(options: RunOptions, name: string, value: string): OptionError {
  if (name === "--mount") return addMount(options, value);
  if (name === "--isle") return setIsle(options, value, "--isle");
  return name === "--cpus" ? setCpus(options, value, "--cpus") : setMemory(options, value, "--memory");
}

function stopWith(options: RunOptions, action: Action): i32 {
  options.action = action;
  optionError = OptionError.None;
  return -1;
}

function fail(error: OptionError): i32 {
  optionError = error;
  return -1;
}

function indexOfEquals(text: string): u32 {
  for (let i: u32 = 0; i < text.length; i += 1) {
    if (text.byteAt(i) === 61) return i;
  }
  return text.length;
}

function setIsle(options: RunOptions, text: string, source: string): OptionError {
  note(options, text, source);
  const number: ParsedNumber = { isValid: false, value: 0n };
  parseCount(text, number);
  if (text === "uhyve") options.isle = Isle.Uhyve;
  else if (text === "qemu") options.isle = Isle.Qemu;
  else if (number.isValid) options.isle = Isle.MultiKernel;
  else return OptionError.BadIsle;
  return OptionError.None;
}

function addMount(options: RunOptions, text: string): OptionError {
  if (options.mountCount === options.mounts.length) return OptionError.TooManyMounts;
  options.mounts[options.mountCount] = text;
  options.mountCount += 1;
  return OptionError.None;
}

function setCpus(options: RunOptions, text: string, source: string): OptionError {
  note(options, text, source);
  const number: ParsedNumber = { isValid: false, value: 0n };
  parseCount(text, number);
  if (!number.isValid) return OptionError.BadCpus;
  if (number.value === 0n) return OptionError.NoCpus;
  options.cpusText = text;
  options.cpuCount = number.value > u64(u32.MAX) ? u32.MAX : u32(number.value);
  return OptionError.None;
}

function setMemory(options: RunOptions, text: string, source: string): OptionError {
  note(options, text, source);
  const number: ParsedNumber = { isValid: false, value: 0n };
  parseSize(text, number);
  if (!number.isValid) return OptionError.BadMemory;
  if (number.value < MIN_MEMORY_BYTES) return OptionError.MemoryTooSmall;
  options.memoryBytes = number.value & ~(MEMORY_GRANULE - 1n);
  options.hasMemory = true;
  return OptionError.None;
}

function note(options: RunOptions, text: string, source: string): void {
  options.subject = text;
  options.source = source;
}
