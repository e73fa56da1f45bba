/**
 * Programs on a pseudo-terminal, which `script` (bsdutils, always there on Debian) makes: a shell in it notes the terminal's settings, runs the
 * program, compares, and prints the program's status.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { type Run, type RunOptions, run } from "./run.ts";

export const CTRL_C = "\x03";
export const CTRL_D = "\x04";

/** The shell ignores Ctrl-C for itself so that it lives to tell. */
export const COMPARE_TERMINAL = [
  "trap : INT",
  "stty rows 33 cols 99",
  "before=$(stty -a)",
  '"$PROXY" "$PROGRAM" $ARGUMENT',
  "status=$?",
  'test "$before" = "$(stty -a)" && echo terminal unchanged || echo terminal CHANGED',
  "echo status $status",
].join("; ");
export const noScript =
  spawnSync("script", ["--version"]).status === 0 ? undefined : "`script` (bsdutils) is not installed";

export function runScript(script: string, options: RunOptions): Promise<Run> {
  const env = { TERM: "dumb", ...options.env, SHELL: "/bin/sh" };
  return run("script", ["-qefc", script, "/dev/null"], { timeoutSeconds: 60, ...options, env });
}

/** A question, and what is typed as soon as it has been printed; `again`: and again until the next question is there. */
export type Answer = readonly [question: string, keys: string, repeated?: "again"];

const AGAIN_MS = 1000;

/** Gives each answer as soon as its question has been printed. */
export function answering(answers: readonly Answer[]): RunOptions {
  const [first, ...others] = answers;
  if (first === undefined) {
    throw new Error("there is nothing to answer");
  }
  const act = (child: ChildProcess) => {
    let said = "";
    let next = 0;
    const timer = setInterval(() => {
      const [, keys, repeated] = next === 0 ? first : (others[next - 1] ?? first);
      if (repeated === "again" && next < others.length) child.stdin?.write(keys);
    }, AGAIN_MS);
    child.on("close", () => clearInterval(timer));
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      for (
        let [question, answer] = others[next] ?? [undefined, ""];
        question !== undefined && said.includes(question);
      ) {
        child.stdin?.write(answer);
        said = said.slice(said.indexOf(question) + question.length);
        next += 1;
        [question, answer] = others[next] ?? [undefined, ""];
      }
    });
    child.stdin?.write(first[1]);
  };
  return { stdin: "open", onOutput: { text: first[0], act } };
}

export function linesOf(ended: Run): string[] {
  // The terminal echoes Ctrl-C and Ctrl-D where the cursor is.
  return ended.stdout.toString().replaceAll("^C", "").replaceAll("^D\b\b", "").split(/\r*\n/);
}

export function assertUnchanged(ended: Run, status: number): void {
  assertEnded(ended);
  assert.ok(linesOf(ended).includes("terminal unchanged"), describeRun(ended));
  assert.ok(linesOf(ended).includes(`status ${status}`), describeRun(ended));
  assertNothingLeftBehind(ended);
}
