/** placeholder until below */
import type { RunOptions } from "./options.ts";
export function probeHost(options: RunOptions, environment: Ptr<u64>): i32 {
  void options;
  void environment;
  return 1;
}
