/**
 * The programs that do what a program may do: each must behave in the guest exactly as on Linux.
 */

import assert from "node:assert/strict";
import type { Seen, TestCase, TestProgram, Variant } from "./manifest.ts";

const BOTH: readonly Variant[] = ["glibc", "musl"];
const ALL: readonly Variant[] = ["glibc", "musl", "glibc-pie", "musl-pie"];

/** Bytes without a pattern that a line discipline or a text filter would leave alone; the same in every run. */
function scrambledBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = 0x2545f491;
  for (let index = 0; index < count; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A program that checks itself: one line with the number of checks. */
function selfChecking(
  name: string,
  variants: readonly Variant[] = BOTH,
  rest: Partial<TestCase> & Pick<Partial<TestProgram>, "sources"> = {},
): TestProgram {
  const { sources, ...testCase } = rest;
  const linux = { status: 0, stdout: new RegExp(`^${name}: \\d+ checks passed\\n$`) };
  return { name, variants, ...(sources ? { sources } : {}), cases: [{ title: "checks itself", linux, ...testCase }] };
}

function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

const MEBIBYTE = 1024 * 1024;
const ECHO_INPUTS: readonly { title: string; input: string | Uint8Array; args?: readonly string[] }[] = [
  { title: "nothing", input: "" },
  { title: "one byte", input: "x" },
  { title: "one byte at a time", input: "every byte by itself\n", args: ["1"] },
  { title: "all byte values", input: Uint8Array.from({ length: 256 }, (_, value) => value) },
  { title: "more than a frame of the channel holds", input: scrambledBytes(200_001), args: ["150000"] },
  { title: "a mebibyte, in odd pieces", input: scrambledBytes(MEBIBYTE), args: ["12345"] },
];

function echoCase({ title, input, args }: (typeof ECHO_INPUTS)[number]): TestCase {
  const count = input.length;
  return {
    title,
    stdin: input,
    ...(args ? { args } : {}),
    linux: { status: 0, stdout: input, stderr: `${count} bytes\n` },
  };
}

function exitCase(way: string, status: number): TestCase {
  return {
    title: `${way} ${status}`,
    args: [way, String(status)],
    linux: { status: status & 0xff, stdout: "" },
  };
}

/** What the harness adds to the environment differs from run to run, and so do addresses. */
function withoutHarnessVariables(stdout: string): string {
  return stdout.replace(/^(environ: |HERMIT_TEST_RUN=|TMPDIR=|PWD=).*\n/gm, "");
}

function verifyWallClock(seen: Seen): void {
  const shownMs = Number.parseFloat(seen.stdout.toString()) * 1000;
  const toleranceMs = 1000;
  assert.ok(shownMs >= seen.startedAtMs - toleranceMs, "the clock is behind the host's");
  assert.ok(shownMs <= seen.startedAtMs + seen.elapsedMs + toleranceMs, "the clock is ahead of the host's");
}

/** 60 ms three times, 40 ms once, 20 times 1 ms: a clock that runs fast would end sooner by the host's. */
function verifySleptByTheHostsClock(seen: Seen): void {
  assert.ok(seen.elapsedMs >= 230, `the whole run took ${seen.elapsedMs} ms, the sleeps alone should take 240`);
}

const ENVIRONMENT_VARIABLES = 500;
const LARGE_ENVIRONMENT: Readonly<Record<string, string>> = {
  EMPTY: "",
  SIGNS: "a=b c\tä€'\"\\",
  LONG: "L".repeat(50_000),
  ...Object.fromEntries(
    Array.from({ length: ENVIRONMENT_VARIABLES }, (_, index) => [`VARIABLE_${index}`, "v".repeat((index * 7) % 300)]),
  ),
};

const FIRST_STEPS: readonly TestProgram[] = [
  {
    name: "hello",
    variants: ALL,
    cases: [
      { title: "greets", linux: { status: 0, stdout: /^Hello World!!!\nargv\[0\] = .*hello-[a-z-]+\n$/ } },
      {
        title: "prints its arguments",
        args: ["one", "", "three four", "ünï'\"\\$x"],
        linux: {
          status: 0,
          stdout:
            /^Hello World!!!\nargv\[0\] = .*\nargv\[1\] = one\nargv\[2\] = \nargv\[3\] = three four\nargv\[4\] = ünï'"\\\$x\n$/,
        },
      },
      {
        title: "takes a thousand arguments",
        args: Array.from({ length: 1000 }, (_, index) => `argument ${index}`),
        linux: { status: 0, stdout: /\nargv\[1000\] = argument 999\n$/ },
        variants: ["glibc"],
      },
    ],
  },
  {
    name: "argv_envp",
    variants: BOTH,
    cases: [
      {
        title: "shows arguments and environment",
        args: ["--flag", "value with spaces"],
        env: { GREETING: "good morning", LAST_ONE: "not lost" },
        linux: {
          status: 0,
          stdout:
            /^argc: 3\n {2}argv\[0\]: .*\n {2}argv\[1\]: --flag\n[\s\S]*environ: 0x[0-9a-f]+\n[\s\S]*LAST_ONE=not lost\n/,
        },
        compare: withoutHarnessVariables,
      },
    ],
  },
  selfChecking("environment", BOTH, { args: [String(ENVIRONMENT_VARIABLES)], env: LARGE_ENVIRONMENT }),
  {
    name: "constructors",
    variants: ALL,
    cases: [
      {
        title: "order",
        linux: {
          status: 5,
          stdout: lines(
            "constructor 200",
            "constructor 300",
            "constructor without priority",
            "main",
            "registered",
            "destructor without priority",
            "destructor 300",
            "destructor 200",
          ),
        },
      },
    ],
  },
  {
    name: "exit-status",
    variants: BOTH,
    cases: [
      ...["return", "exit", "_exit", "quick_exit", "thread", "group"].map((way) => exitCase(way, 42)),
      ...[0, 1, 77, 126, 127, 128, 139, 242, 255, 256, -1].map((status) => ({
        ...exitCase("exit", status),
        variants: ["musl"] as const,
      })),
    ],
  },
  {
    name: "exit-buffered",
    variants: BOTH,
    cases: [
      {
        title: "exit writes out",
        linux: { status: 4, stdout: lines("buffered", "registered second", "registered first") },
      },
      { title: "_exit does not", args: ["_exit"], linux: { status: 3, stdout: "" } },
    ],
  },
];

const INPUT_AND_OUTPUT: readonly TestProgram[] = [
  {
    name: "stdout-stderr",
    variants: BOTH,
    cases: [
      {
        title: "both streams",
        linux: {
          status: 0,
          stdout: Buffer.from("out 1\nout 2\n\x00\x01\x02\r\n\x7f\x80\xff\x00out 3, without an end of line", "latin1"),
          stderr: "err 1\nerr 2\n",
        },
      },
    ],
  },
  { name: "echo-stdin", variants: BOTH, cases: ECHO_INPUTS.map(echoCase) },
  {
    name: "lines-stdin",
    variants: BOTH,
    cases: [
      {
        title: "three lines",
        stdin: "a\nbcd\nno end",
        linux: { status: 0, stdout: lines("1: 1", "2: 3", "3: 6", "3 lines, end of file") },
      },
      { title: "nothing", linux: { status: 0, stdout: "0 lines, end of file\n" } },
    ],
  },
  {
    // tests/boot/terminal.test.ts has it on a terminal.
    name: "terminal-modes",
    variants: ["musl"],
    cases: [
      {
        title: "needs a terminal",
        linux: { status: 1, stdout: "no terminal: Not a tty\r\n" },
      },
    ],
  },
  {
    // tests/boot/standard-streams.test.ts has it read while the input comes.
    name: "standard-input",
    variants: ["musl"],
    cases: [
      {
        title: "what is there at once",
        args: ["plain"],
        stdin: "text\n",
        linux: { status: 0, stdout: lines("waited: IN", "read 5: text", "waited: IN", "read 0: ") },
      },
    ],
  },
  {
    name: "standard-output",
    variants: ["musl"],
    cases: [
      {
        title: "a reader that keeps up",
        linux: { status: 0, stdout: /^x{16384,}end\n$/, stderr: /^at first writable\n(.*\n)+later writable\n$/ },
        compare: false,
      },
    ],
  },
  {
    name: "ignore-signals",
    variants: ["musl"],
    cases: [{ title: "echoes", stdin: "x\n", linux: { status: 0, stdout: lines("ignoring", "x") } }],
  },
  // Tests of tests/boot are their other ends, or ask for what a busy Linux cannot promise.
  { name: "processors", variants: ["glibc"], cases: [] },
  ...["blocked-output", "inherited-signals", "signal-waiters", "stream-facts"].map(
    (name): TestProgram => ({ name, variants: ["musl"], cases: [] }),
  ),
  selfChecking("vector-io", BOTH, {
    stdin: "readv from 0",
    linux: { status: 0, stdout: /^one two three\n[0-9\n]{1024}vector-io: \d+ checks passed\n$/ },
  }),
  {
    name: "terminal",
    variants: BOTH,
    cases: [
      {
        title: "pipes are no terminals",
        linux: {
          status: 0,
          stdout: lines("stdin: no terminal, ENOTTY", "stdout: no terminal, ENOTTY", "stderr: no terminal, ENOTTY"),
        },
      },
    ],
  },
  {
    name: "printf-floats",
    variants: BOTH,
    cases: [{ title: "conversions", linux: { status: 0, stdout: /^0\.333333 3\.333333e-01/ } }],
  },
];

const SIGNALS: readonly TestProgram[] = [
  selfChecking("signal-handlers"),
  // musl's sigwaitinfo starts again by itself.
  selfChecking("signal-restart", ["glibc"]),
  // musl has no feenableexcept.
  { ...selfChecking("signal-faults", ["glibc"]), flags: ["-lm"] },
  selfChecking("signal-stack"),
  selfChecking("signal-registers"),
  selfChecking("signal-return"),
];

const FILES: readonly TestProgram[] = [
  selfChecking("pipes"),
  selfChecking("epolls"),
  selfChecking("files"),
  selfChecking("local-sockets"),
];

const TIME_AND_CHANCE: readonly TestProgram[] = [
  {
    name: "clocks",
    variants: BOTH,
    cases: [
      { title: "every clock", linux: { status: 0, stdout: /^clocks: \d+ checks passed\n$/ } },
      {
        title: "wall clock is the host's",
        args: ["now"],
        linux: { status: 0, stdout: /^\d+\.\d{9}\n$/ },
        compare: false,
        verify: verifyWallClock,
      },
    ],
  },
  selfChecking("sleeping", BOTH, { verify: verifySleptByTheHostsClock }),
  {
    name: "randomness",
    variants: BOTH,
    cases: [
      { title: "looks random", linux: { status: 0, stdout: /^randomness: \d+ checks passed\n$/ } },
      {
        title: "shows its bytes",
        args: ["show"],
        linux: { status: 0, stdout: /^([0-9a-f]{32}\n){2}$/ },
        compare: false,
      },
    ],
  },
];

const MACHINE: readonly TestProgram[] = [
  selfChecking("auxv", ALL),
  selfChecking("tls", ALL),
  selfChecking("relocations", ALL),
  selfChecking("registers", ALL, { sources: ["registers.c", "registers-probe.S"], timeoutSeconds: 120 }),
  {
    name: "avx",
    variants: BOTH,
    cases: [
      {
        title: "survives",
        linux: { status: [0, 77], stdout: /^avx: (\d+ checks passed|not applicable: this machine has no AVX)\n$/ },
        compare: false,
        whyDifferent: "QEMU's processor need not have what the host's has",
      },
    ],
  },
  selfChecking("fpu-control"),
  selfChecking("identity"),
  {
    name: "self-path",
    variants: BOTH,
    cases: [{ title: "says where it lies", linux: { status: 0, stdout: /^(\/.*self-path-\w+)\n\1\n$/ } }],
  },
  selfChecking("yielding"),
  selfChecking("thread-stress", BOTH, { timeoutSeconds: 120 }),
  selfChecking("startup-calls"),
  selfChecking("unknown-syscall"),
  selfChecking("bad-pointers", BOTH, { stdin: "still\n" }),
  {
    name: "kernel-addresses",
    variants: BOTH,
    cases: [
      {
        title: "are the kernel's",
        linux: { status: 77, stdout: "kernel-addresses: not applicable: Linux keeps its kernel elsewhere\n" },
        guest: { status: 0, stdout: /^kernel-addresses: \d+ checks passed\n$/ },
        whyDifferent: "only the guest has its kernel in the program's address space",
        compare: false,
      },
    ],
  },
  selfChecking("jumps"),
  selfChecking("call-sites"),
  selfChecking("contexts", ["glibc", "glibc-pie"]),
  selfChecking("recursion"),
  selfChecking("sorting", BOTH, {
    linux: { status: 0, stdout: /^23840 2143152579 4294948808\nsorting: \d+ checks passed\n$/ },
  }),
];

const MEMORY: readonly TestProgram[] = [
  selfChecking("malloc-patterns"),
  selfChecking("malloc-huge", BOTH, { timeoutSeconds: 120 }),
  selfChecking("memory-map"),
  selfChecking("memory-move"),
  selfChecking("memory-advice"),
  selfChecking("memory-stress", BOTH, {
    timeoutSeconds: 120,
    compare: false,
    whyDifferent: "in the guest, where nobody else uses memory, it also checks that none is lost",
  }),
  selfChecking("large-stack"),
  selfChecking("large-data", ["glibc", "musl", "glibc-pie"]),
];

export const WELL_BEHAVED: readonly TestProgram[] = [
  ...FIRST_STEPS,
  ...INPUT_AND_OUTPUT,
  ...SIGNALS,
  ...FILES,
  ...TIME_AND_CHANCE,
  ...MACHINE,
  ...MEMORY,
];
