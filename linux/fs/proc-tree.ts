/** What is in /proc: its folders and which function writes which file. */

import { PROCESS_ID } from "../identity.ts";
import { makeLink } from "./dev-tree.ts";
import { makeGenerated } from "./etc-tree.ts";
import type { Inode } from "./inode.ts";
import { memoryMakeDirectory } from "./memory-fs.ts";
import { numberedDirectoryEnter } from "./numbered-directory.ts";
import { writeCpuInfo } from "./proc-cpu.ts";
import { DESCRIPTOR_INFOS } from "./proc-descriptor-info.ts";
import { DESCRIPTOR_LINKS, LINK_CWD, LINK_EXE, LINK_THREAD, magicLinkEnter } from "./proc-links.ts";
import {
  writeFilesystems,
  writeInterrupts,
  writeLoadAverage,
  writeMachineStat,
  writeMemoryInfo,
  writeMountInfo,
  writeMounts,
  writeUptime,
  writeVersion,
} from "./proc-machine.ts";
import { writeMaps } from "./proc-maps.ts";
import {
  writeAuxiliaryVector,
  writeCommandLine,
  writeEnvironment,
  writeLimits,
  writeMemoryUse,
} from "./proc-process.ts";
import { fillSysctl } from "./proc-sysctl.ts";
import { writeTaskName, writeTaskStat, writeTaskStatus } from "./proc-task.ts";
import { TASK_DIRECTORIES } from "./proc-task-directory.ts";
import { put, type Text } from "./text.ts";

/** The folder of the process, once somebody has looked at /proc. */
let ownFolder: Ptr<Inode> | null = null;

/** Whether it is /proc/<the process>, which stands for it as a descriptor of pidfd_open does where a signal is sent. */
export function isProcessFolder(inode: Ptr<Inode> | null): bool {
  return inode !== null && inode === ownFolder;
}

export function fillProc(root: Ptr<Inode>): void {
  const process = memoryMakeDirectory(root, `${PROCESS_ID}`, 0o555, fillProcess);
  ownFolder = process;
  makeLink(root, "self", `${PROCESS_ID}`);
  if (process !== null) {
    magicLinkEnter(root, "thread-self", LINK_THREAD);
  }
  makeLink(root, "mounts", "self/mounts");
  file(root, "cpuinfo", writeCpuInfo);
  file(root, "meminfo", writeMemoryInfo);
  file(root, "stat", writeMachineStat);
  file(root, "uptime", writeUptime);
  file(root, "loadavg", writeLoadAverage);
  file(root, "version", writeVersion);
  file(root, "filesystems", writeFilesystems);
  file(root, "interrupts", writeInterrupts);
  file(root, "cmdline", writeNewline);
  void memoryMakeDirectory(root, "sys", 0o555, fillSysctl);
}

type Writer = (text: Text, argument: u64) => void;

function file(directory: Ptr<Inode>, name: string, write: Writer): void {
  makeGenerated(directory, name, 0o444, write, 0n);
}

function writeNewline(text: Text, _argument: u64): void {
  put(text, "\n");
}

function fillProcess(directory: Ptr<Inode>): void {
  fillTaskFiles(directory, u64(PROCESS_ID));
  file(directory, "maps", writeMaps);
  file(directory, "statm", writeMemoryUse);
  file(directory, "cmdline", writeCommandLine);
  file(directory, "environ", writeEnvironment);
  file(directory, "auxv", writeAuxiliaryVector);
  file(directory, "limits", writeLimits);
  file(directory, "mounts", writeMounts);
  file(directory, "mountinfo", writeMountInfo);
  file(directory, "cgroup", writeNoGroups);
  makeGenerated(directory, "oom_score_adj", 0o644, writeZero, 0n);
  file(directory, "oom_score", writeZero);
  magicLinkEnter(directory, "exe", LINK_EXE);
  magicLinkEnter(directory, "cwd", LINK_CWD);
  makeLink(directory, "root", "/");
  numberedDirectoryEnter(directory, "fd", DESCRIPTOR_LINKS);
  numberedDirectoryEnter(directory, "fdinfo", DESCRIPTOR_INFOS);
  numberedDirectoryEnter(directory, "task", TASK_DIRECTORIES);
}

/** What a process and each of its threads have. */
export function fillTaskFiles(directory: Ptr<Inode>, tid: u64): void {
  makeGenerated(directory, "stat", 0o444, writeTaskStat, tid);
  makeGenerated(directory, "status", 0o444, writeTaskStatus, tid);
  makeGenerated(directory, "comm", 0o644, writeTaskName, tid);
}

function writeNoGroups(text: Text, _argument: u64): void {
  put(text, "0::/\n");
}

function writeZero(text: Text, _argument: u64): void {
  put(text, "0\n");
}
