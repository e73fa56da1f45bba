/**
 * The programs that do what a program may not do, and those that never end by themselves.
 *
 * A program that dies by a signal shows the same status in the guest as on Linux (128 + n), and what it printed before is there.
 * One thing differs: on Linux the shell tells the user why, here the proxy does, in a sentence on stderr.
 */

import type { Outcome, TestCase, TestProgram, Variant } from "./manifest.ts";

const GLIBC: readonly Variant[] = ["glibc"];
const BOTH: readonly Variant[] = ["glibc", "musl"];

const SIGILL = 4;
const SIGTRAP = 5;
const SIGABRT = 6;
const SIGFPE = 8;
const SIGKILL = 9;
const SIGSEGV = 11;

const SIGNAL_NAMES: Readonly<Record<number, string>> = {
  [SIGILL]: "SIGILL",
  [SIGTRAP]: "SIGTRAP",
  [SIGABRT]: "SIGABRT",
  [SIGFPE]: "SIGFPE",
  [SIGKILL]: "SIGKILL",
  [SIGSEGV]: "SIGSEGV",
};

/** `why`: a word of the sentence that tells the user what happened. */
function diesBy(
  signal: number,
  why: string,
  rest: Partial<TestCase> = {},
  stdout: Outcome["stdout"] = "before\n",
): TestCase {
  return {
    title: `dies by ${SIGNAL_NAMES[signal]}`,
    linux: { status: 128 + signal, stdout },
    guest: { stderr: new RegExp(`^hermit: [^\n]*${SIGNAL_NAMES[signal]}[^\n]*(${why})[^\n]*\n$`) },
    whyDifferent: "the proxy says what ended the program, as a shell does on Linux",
    ...rest,
  };
}

function faultCase([argument, why]: readonly [string, string]): TestCase {
  return diesBy(SIGSEGV, why, { title: `${argument} dies by SIGSEGV`, args: [argument] });
}

const PRIVILEGED = [
  "cli",
  "sti",
  "hlt",
  "wrmsr",
  "rdmsr",
  "invlpg",
  "read-cr3",
  "write-cr3",
  "lidt",
  "lgdt",
  "ltr",
  "swapgs",
].map((name): [string, string] => [name, "privileged"]);

const FORBIDDEN_ACCESSES: readonly (readonly [string, string])[] = [
  ["write-null", "null"],
  ["write-constant", "read-only"],
  ["execute-data", "not executable"],
  ["execute-heap", "not executable"],
  ["read-none", "mapped|unreadable"],
  ["write-read-only", "mapped|read-only"],
  ["write-protected", "read-only"],
  ["read-unmapped", "not mapped"],
  ["execute-unmapped", "mapped"],
  ["non-canonical", ""],
  ["top-of-addresses", ""],
  ["jump-non-canonical", ""],
  ["misaligned-vector", ""],
];

/** In the guest all memory is the program's, so it can be used up; on Linux it stops at a limit that spares the host. */
function exhaustCase(mode: string, guest: Partial<Outcome>): TestCase {
  return {
    title: `${mode} until there is no more`,
    args: [mode],
    linuxArgs: [mode, "64"],
    memory: "96M",
    linux: { status: 0, stdout: "before\nthe limit is reached\n" },
    guest,
    whyDifferent: "on Linux the program stops at 64 MiB",
    compare: false,
    timeoutSeconds: 120,
  };
}

/** Refused by malloc, or ended with a sentence: both are clear, and which comes first is the allocator's business. */
const REFUSED_OR_ENDED: Partial<Outcome> = {
  status: [3, 128 + SIGKILL],
  stdout: /^before\n(malloc says no\n|mmap says no\n)?$/,
  stderr: /^$|memory/i,
};

export const MISBEHAVING: readonly TestProgram[] = [
  { name: "abort", variants: BOTH, cases: [diesBy(SIGABRT, "")] },
  { name: "null-jump", variants: BOTH, cases: [diesBy(SIGSEGV, "null")] },
  {
    name: "null-read",
    variants: GLIBC,
    cases: [diesBy(SIGSEGV, "null"), diesBy(SIGSEGV, "null", { title: "some pages above null", args: ["8000"] })],
  },
  { name: "exec-stack", variants: BOTH, cases: [diesBy(SIGSEGV, "stack")] },
  { name: "write-code", variants: BOTH, cases: [diesBy(SIGSEGV, "code", {}, "before 1\n")] },
  {
    name: "stack-overflow",
    variants: BOTH,
    cases: [diesBy(SIGSEGV, "stack overflow\\) at rip 0x[0-9a-f]+, called from 0x[1-9a-f]")],
  },
  { name: "thread-stack-overflow", variants: BOTH, cases: [diesBy(SIGSEGV, "thread 3: stack overflow")] },
  {
    // tests/boot/core-file.test.ts looks at what is left of it.
    name: "crash-threads",
    flags: ["-g", "-O1"],
    variants: GLIBC,
    cases: [diesBy(SIGSEGV, "a null pointer", {}, "crashing\n")],
  },
  { name: "memory-fault", variants: GLIBC, cases: FORBIDDEN_ACCESSES.map(faultCase) },
  {
    name: "privileged-instruction",
    variants: GLIBC,
    cases: [
      ...[...PRIVILEGED, ["null-stack-segment", ""] as const].map(faultCase),
      {
        ...faultCase(["int-0x21", ""]),
        guest: { status: [128 + SIGSEGV, 128 + SIGILL], stderr: /^hermit: .*SIG(SEGV|ILL).*\n$/ },
        compare: false,
        whyDifferent: "hosts that emulate the instruction may report an invalid opcode",
      },
    ],
  },
  {
    name: "divide-by-zero",
    variants: GLIBC,
    cases: [
      diesBy(SIGFPE, "division"),
      diesBy(SIGFPE, "division", { title: "overflow dies by SIGFPE", args: ["overflow"] }),
    ],
  },
  {
    name: "illegal-instruction",
    variants: GLIBC,
    cases: [diesBy(SIGILL, "illegal"), diesBy(SIGTRAP, "breakpoint", { args: ["breakpoint"] })],
  },
  {
    name: "exhaust-memory",
    variants: BOTH,
    cases: [
      exhaustCase("malloc", REFUSED_OR_ENDED),
      exhaustCase("small", REFUSED_OR_ENDED),
      exhaustCase("map", REFUSED_OR_ENDED),
    ],
  },
  {
    // tests/boot/guest-death.test.ts gives it the addresses.
    name: "triple-fault",
    variants: GLIBC,
    cases: [
      {
        title: "does nothing without an address",
        linux: { status: 77, stdout: "triple-fault: not applicable: not in HermitCore, or no address given\n" },
      },
    ],
  },
  // These never end by themselves: tests/boot/signals.test.ts ends them.
  { name: "infinite-output", variants: BOTH, cases: [] },
  { name: "busy-loop", variants: GLIBC, cases: [] },
  { name: "sleep-forever", variants: GLIBC, cases: [] },
];
