/**
 * The long run of the fuzzer in the guest: one guest after the other, each with a seed of its own, until the time is over.
 */

import { spawnSync } from "node:child_process";
import { describeSyscalls } from "./table.ts";

const CALLS_PER_WORKER = 20_000;
const OWN_STATUS = 42;
const RUN_TIMEOUT_MS = 300_000;

/** In the folder of the repository; prints what it did, and how to repeat what failed. */
export function fuzzSyscalls(seconds: number): boolean {
  if (spawnSync(process.execPath, ["tools/build.mjs", "fuzz/guest/"], { stdio: "inherit" }).status !== 0) {
    return false;
  }
  const table = describeSyscalls(process.cwd());
  const endMs = Date.now() + seconds * 1000;
  let runs = 0;
  for (; runs === 0 || Date.now() < endMs; runs += 1) {
    const seed = String(Date.now() % 1_000_000_000);
    const env = { HERMIT_CPUS: "4", ...process.env };
    const result = spawnSync(
      "build/bin/proxy",
      ["--no-default-mounts", "build/fuzz/guest/syscalls-musl", seed, String(CALLS_PER_WORKER)],
      {
        env,
        input: table,
        encoding: "utf8",
        timeout: RUN_TIMEOUT_MS,
        killSignal: "SIGKILL",
      },
    );
    if (result.status !== OWN_STATUS) {
      console.log(
        `syscalls failed with ${result.signal ?? result.status}, seed ${seed}\n${result.stdout}${result.stderr}`,
      );
      return false;
    }
  }
  console.log(`syscalls: ${runs} guests`);
  return true;
}
