/**
 * The prompts of python3 and node on a terminal in the guest: lines are edited, the window has its size, Ctrl-C interrupts what runs, Ctrl-D
 * ends, and the terminal is afterwards as it was. The same keys on Linux come to the same.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import {
  type Answer,
  answering,
  assertUnchanged,
  COMPARE_TERMINAL,
  CTRL_C,
  CTRL_D,
  linesOf,
  noScript,
  runScript,
} from "./on-terminal.ts";
import { PROXY } from "./run.ts";

const BACKSPACE = "\x7f";
const LEFT = "\x1b[D";
const UP = "\x1b[A";
/** Node.js without colours and without a file of its own. */
const PLAIN = { NODE_REPL_HISTORY: "", NODE_DISABLE_COLORS: "1" };
const TIMEOUT_SECONDS = 150;

interface Prompt {
  readonly program: string;
  readonly argument: string;
  /** What is typed as soon as something has been printed, one after the other. */
  readonly keys: readonly Answer[];
  /** Lines that are there in the end. */
  readonly says: readonly string[];
  readonly status: number;
}

const PROMPTS: readonly Prompt[] = [
  {
    program: "/usr/bin/python3",
    argument: "-q",
    keys: [
      [">>> ", `print("sx${BACKSPACE}een", 6 * 7)\n`],
      ["seen 42\r\n", ""],
      [">>> ", `12${LEFT}0\n`],
      ["\r\n102\r\n", ""],
      [">>> ", `${UP}\n`],
      ["\r\n102\r\n", ""],
      [">>> ", "import os; print(*os.get_terminal_size())\n"],
      ["99 33\r\n", ""],
      [">>> ", "half a line"],
      // A signal that comes before readline waits for the next key is noticed only with that: on Linux as well.
      ["half a line", CTRL_C, "again"],
      ["KeyboardInterrupt\r\n", ""],
      [">>> ", "exec(\"print('loop' + 'ing')\\nwhile True: pass\")\n"],
      ["looping\r\n", CTRL_C],
      ["KeyboardInterrupt\r\n", ""],
      [">>> ", CTRL_D],
    ],
    says: ["seen 42", "102", "99 33"],
    // Python remembers that it was interrupted.
    status: 130,
  },
  {
    program: "/usr/bin/node",
    argument: "--interactive",
    keys: [
      ["> ", `console.log("sx${BACKSPACE}een", 6 * 7)\n`],
      ["seen 42\r\n", ""],
      ["undefined", "console.log(process.stdout.columns, process.stdout.rows, process.stdin.isTTY)\n"],
      ["99 33 true\r\n", ""],
      ["undefined", "console.log('loop' + 'ing'); for (;;);\n"],
      ["looping\r\n", CTRL_C],
      ["interrupted by `SIGINT`", ""],
      ["> ", CTRL_D],
    ],
    says: ["seen 42", "99 33 true"],
    status: 0,
  },
];

for (const isle of ["linux", ...ISLES] as const) {
  const problem = noScript ?? (isle === "linux" ? undefined : unavailable(isle));
  describe(`prompts on ${isle}`, { skip: problem ?? false }, () => {
    for (const { program, argument, keys, says, status } of PROMPTS) {
      test(`${isle}: ${program}`, { skip: existsSync(program) ? false : `there is no ${program}` }, async () => {
        const isleEnv = isle === "linux" ? { PROXY: "env" } : { ...environmentOf(isle), PROXY };
        const env = { ...isleEnv, PROGRAM: program, ARGUMENT: argument, TERM: "xterm", ...PLAIN };
        const ended = await runScript(COMPARE_TERMINAL, { timeoutSeconds: TIMEOUT_SECONDS, ...answering(keys), env });
        for (const line of says) assert.ok(linesOf(ended).includes(line), describeRun(ended));
        assertUnchanged(ended, status);
      });
    }
  });
}
