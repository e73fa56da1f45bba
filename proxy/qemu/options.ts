/**
 * What the QEMU isle needs to know. proxy/options.ts turns environment and command line into it.
 */

import type { MountList } from "../mounts.ts";

export class QemuOptions {
  /** Told the process of each QEMU that was started. */
  onStart!: (pid: u64) => void;
  /** Fills the module while QEMU starts, which waits with reading it: 0, or the status to exit with after a sentence. Called once. */
  fillModule!: () => i32;
  /** HERMIT_QEMU or "qemu-system-x86_64": a path if it has a slash, otherwise looked up in PATH. */
  program!: string;
  cpuCount!: u32;
  memoryBytes!: u64;
  /** HERMIT_KVM is not 0. */
  mayUseKvm!: bool;
  /** HERMIT_KVM is 1: also where a guest of QEMU is known to fare badly with it. */
  insistsOnKvm!: bool;
  isVerbose!: bool;
  /** QEMU gives up system calls that it does not need (-sandbox); off for one that was built without that. */
  isSandboxed!: bool;
  /** HERMIT_DEBUG is set and not 0: QEMU waits for gdb's connections on port 1234 (but does not wait for gdb). */
  hasDebugger!: bool;
  mounts!: Ptr<MountList>;
  /** The kernel's ELF file. */
  kernel!: Slice<u8>;
  /** A memfd for the boot module, of its size. */
  moduleFd!: i32;
  /** The proxy's own environment, NULL-terminated: PATH is looked up there, and QEMU inherits it (environment.ts). */
  environment!: Ptr<u64>;
}

export const DEFAULT_QEMU = "qemu-system-x86_64";
