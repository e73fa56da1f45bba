/** Options and variables: which wins, where the program begins, what is refused. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { Action, Isle, OptionError, optionsParse, type RunOptions } from "../options.ts";

const options: RunOptions = zeroed();
const argv: FixedArray<u64, 16> = zeroed();
const environment: FixedArray<u64, 8> = zeroed();
let argc: u32 = 0;
let envc: u32 = 0;

export function optionTests(): void {
  test("options: defaults", defaults);
  test("options: both ways to write a value", values);
  test("options: the program and what is behind it", program);
  test("options: variables", variables);
  test("options: an option wins over a variable", precedence);
  test("options: switches are on unless 0 or empty", switches);
  test("options: what is refused", refusals);
  test("options: HERMIT_KVM=0 and uhyve exclude each other", withoutKvm);
  test("options: help and probe need no program", actions);
}

function start(): void {
  argc = 0;
  envc = 0;
  add("proxy");
  for (let i: u32 = 0; i < environment.length; i += 1) environment[i] = 0n;
}

function add(text: string): void {
  // SAFETY: literals are NUL-terminated and static.
  argv[argc] = u64(virtAddr(text.data));
  argc += 1;
}

function set(assignment: string): void {
  environment[envc] = u64(virtAddr(assignment.data));
  envc += 1;
}

function parse(): OptionError {
  return optionsParse(options, argc, elements(argv), elements(environment));
}

function defaults(): void {
  start();
  add("hello");
  expect(parse() === OptionError.None, "a program is enough");
  expect(options.isle === Isle.Automatic && options.action === Action.Run, "the best isle");
  expect(options.memoryBytes === 0x8000_0000n && !options.hasMemory, "2 GiB");
  expectEqual(i64(options.cpuCount), 1n);
  expectEqual(i64(options.program), 1n);
  expect(options.qemu === "qemu-system-x86_64" && options.mayUseKvm, "QEMU as it is called");
  expect(!options.isVerbose && !options.isStrace && !options.hasDebugger, "quiet");
}

function values(): void {
  start();
  add("--isle");
  add("qemu");
  add("--cpus=4");
  add("--memory=512M");
  add("--verbose");
  add("hello");
  expect(parse() === OptionError.None, "valid");
  expect(options.isle === Isle.Qemu && options.isVerbose, "isle and verbose");
  expect(options.memoryBytes === 0x2000_0000n && options.hasMemory, "memory");
  expectEqual(i64(options.cpuCount), 4n);
  expectEqual(i64(options.program), 6n);
}

function program(): void {
  start();
  add("hello");
  add("--help");
  add("--isle");
  expect(parse() === OptionError.None && options.program === 1, "options behind the program are not ours");
  start();
  add("--verbose");
  add("--");
  add("--hello");
  expect(parse() === OptionError.None && options.program === 3, "behind --");
  start();
  add("-");
  expect(parse() === OptionError.None && options.program === 1, "a single dash is a name");
}

function variables(): void {
  start();
  add("hello");
  set("HERMIT_ISLE=qemu");
  set("HERMIT_CPUS=3");
  set("HERMIT_MEM=1g");
  set("HERMIT_QEMU=/opt/qemu");
  set("HERMIT_KVM=0");
  set("HERMIT_VERBOSE=1");
  set("HERMIT_VERBOSEX=0");
  expect(parse() === OptionError.None, "valid");
  expect(options.isle === Isle.Qemu && options.cpuCount === 3, "isle and cpus");
  expect(options.memoryBytes === 0x4000_0000n, "memory");
  expect(options.qemu === "/opt/qemu" && !options.mayUseKvm && options.isVerbose, "the rest");
  start();
  add("hello");
  set("HERMIT_ISLE=2");
  set("HERMIT_CPUS=3-5");
  expect(parse() === OptionError.None && options.isle === Isle.MultiKernel, "a number is an isle beside Linux");
}

function precedence(): void {
  start();
  add("--isle=uhyve");
  add("--cpus=2");
  add("hello");
  set("HERMIT_ISLE=qemu");
  set("HERMIT_CPUS=7");
  expect(parse() === OptionError.None, "valid");
  expect(options.isle === Isle.Uhyve && options.cpuCount === 2, "the options");
  start();
  add("--cpus=99999999999999");
  add("hello");
  expect(parse() === OptionError.None && options.cpuCount === u32.MAX, "as many as there is room for");
  expect(options.cpusText === "99999999999999", "as it was written");
}

function switches(): void {
  start();
  add("hello");
  set("HERMIT_VERBOSE=0");
  set("HERMIT_STRACE=");
  set("HERMIT_DEBUG=yes");
  expect(parse() === OptionError.None, "valid");
  expect(!options.isVerbose && !options.isStrace && options.hasDebugger, "0 and empty are off");
}

function refused(error: OptionError, first: string, second: string): void {
  start();
  if (first.length > 0) add(first);
  if (second.length > 0) add(second);
  expect(parse() === error, first);
}

function refusals(): void {
  refused(OptionError.MissingProgram, "", "");
  refused(OptionError.MissingProgram, "--verbose", "");
  refused(OptionError.MissingProgram, "--", "");
  refused(OptionError.UnknownOption, "--frobnicate", "x");
  refused(OptionError.UnknownOption, "-x", "x");
  refused(OptionError.MissingValue, "--memory", "");
  refused(OptionError.BadIsle, "--isle=moon", "x");
  refused(OptionError.BadIsle, "--isle=uhyvex", "x");
  refused(OptionError.BadIsle, "--isle=99999999999999999999", "x");
  refused(OptionError.BadCpus, "--cpus=many", "x");
  refused(OptionError.BadCpus, "--cpus=-1", "x");
  refused(OptionError.NoCpus, "--cpus=0", "x");
  refused(OptionError.BadMemory, "--memory=much", "x");
  refused(OptionError.BadMemory, "--memory=", "x");
  refused(OptionError.MemoryTooSmall, "--memory=7M", "x");
}

/** uhyve is nothing without KVM, whoever names it. */
function withoutKvm(): void {
  start();
  set("HERMIT_KVM=0");
  add("--isle=uhyve");
  add("hello");
  expect(parse() === OptionError.UhyveWithoutKvm, "uhyve by option");
  start();
  set("HERMIT_KVM=0");
  set("HERMIT_ISLE=uhyve");
  add("hello");
  expect(parse() === OptionError.UhyveWithoutKvm, "uhyve by variable");
  argc = 1;
  add("--isle=qemu");
  add("hello");
  expect(parse() === OptionError.None && options.isle === Isle.Qemu, "the option wins");
  start();
  set("HERMIT_KVM=0");
  set("HERMIT_ISLE=uhyve");
  add("--probe");
  expect(parse() === OptionError.None, "nothing is run");
}

function actions(): void {
  start();
  add("--help");
  expect(parse() === OptionError.None && options.action === Action.Help, "help");
  start();
  add("--probe");
  expect(parse() === OptionError.None && options.action === Action.Probe, "probe");
}
