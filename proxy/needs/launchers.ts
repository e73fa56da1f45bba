/**
 * Programs that are there to start another one in their place (execve): env, nice, shells, ... Which one, and what that reads, only shows when
 * they run. So the folders in which systems keep their programs, libraries and shared files are exported for them, read-only and as a whole:
 * all of it may be read by everybody on the host, too. Other programs find in the guest what was exported for themselves.
 */

import { MountError, type MountList, mountsFind } from "../mounts.ts";
import { lastName, type PathText, pathAdd, pathClear } from "../path-text.ts";
import { hostHasFolder } from "./host-file.ts";
import { showPath } from "./show-path.ts";

const LAUNCHERS: FixedArray<string, 20> = fixedArray(
  "env",
  "nice",
  "ionice",
  "nohup",
  "stdbuf",
  "taskset",
  "chrt",
  "prlimit",
  "setarch",
  "setpriv",
  "setsid",
  "numactl",
  "busybox",
  "coreutils",
  "dash",
  "bash",
  "zsh",
  "ksh93",
  "ld-linux-x86-64.so.2",
  "ld-musl-x86_64.so.1",
);

/** Where /usr is merged, most of these are links into it. Debian's /usr/bin has links that lead through /etc/alternatives. */
const FOLDERS: FixedArray<string, 6> = fixedArray("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives");

const path: PathText = zeroed();
const real: PathText = zeroed();

/** Exports the system's folders if the program, a path without links, is known to start others; what the user has mounted there stays. */
export function launchersShow(list: MountList, program: string): MountError {
  if (!isLauncher(lastName(program))) return MountError.None;
  for (let i: u32 = 0; i < FOLDERS.length; i += 1) {
    pathClear(path);
    pathAdd(path, FOLDERS[i]);
    if (mountsFind(list, FOLDERS[i]) !== null || !hostHasFolder(path)) continue;
    const error = showPath(list, FOLDERS[i], real, "programs that it may start");
    if (error !== MountError.None) return error;
  }
  return MountError.None;
}

function isLauncher(name: string): bool {
  for (let i: u32 = 0; i < LAUNCHERS.length; i += 1) {
    if (LAUNCHERS[i] === name) return true;
  }
  return false;
}
