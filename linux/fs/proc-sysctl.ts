/** /proc/sys: the settings of the kernel that programs ask for. They can be read; writing them changes nothing. */

import {
  MQ_MSG_MAX,
  MQ_MSGSIZE_MAX,
  MQ_QUEUES_MAX,
  MSGMAX,
  MSGMNB,
  MSGMNI,
  SEMMNI,
  SEMMNS,
  SEMMSL,
  SEMOPM,
} from "../../abi/linux-ipc.ts";
import { frameTotalCount } from "../../kernel/mm/frames.ts";
import { AIO_MOST_REQUESTS } from "../aio.ts";
import { KERNEL_RELEASE, KERNEL_VERSION } from "../identity.ts";
import { randomBytes } from "../random.ts";
import { makeGenerated, writeHostName } from "./etc-tree.ts";
import type { Inode } from "./inode.ts";
import { memoryMakeDirectory } from "./memory-fs.ts";
import { put, putHex, putNumberLine, type Text } from "./text.ts";

/** The random bytes of boot_id, made at its first reading. */
const bootId: Bytes<16> = zeroed();
let hasBootId: bool = false;

export function fillSysctl(directory: Ptr<Inode>): void {
  void memoryMakeDirectory(directory, "kernel", 0o555, fillKernel);
  void memoryMakeDirectory(directory, "vm", 0o555, fillVm);
  void memoryMakeDirectory(directory, "fs", 0o555, fillFs);
}

function number(directory: Ptr<Inode>, name: string, value: u64): void {
  makeGenerated(directory, name, 0o444, writeNumber, value);
}

function writeNumber(text: Text, value: u64): void {
  putNumberLine(text, value);
}

function fillKernel(directory: Ptr<Inode>): void {
  makeGenerated(directory, "ostype", 0o444, writeType, 0n);
  makeGenerated(directory, "osrelease", 0o444, writeRelease, 0n);
  makeGenerated(directory, "version", 0o444, writeVersionLine, 0n);
  makeGenerated(directory, "hostname", 0o444, writeHostName, 0n);
  number(directory, "pid_max", 32768n);
  number(directory, "threads-max", frameTotalCount() / 32n);
  number(directory, "ngroups_max", 65536n);
  number(directory, "cap_last_cap", 40n);
  number(directory, "shmmax", 18446744073692774399n);
  number(directory, "shmall", 18446744073692774399n);
  number(directory, "msgmax", u64(MSGMAX));
  number(directory, "msgmnb", u64(MSGMNB));
  number(directory, "msgmni", u64(MSGMNI));
  makeGenerated(directory, "sem", 0o444, writeSemaphoreLimits, 0n);
  number(directory, "randomize_va_space", 0n);
  number(directory, "sched_autogroup_enabled", 0n);
  void memoryMakeDirectory(directory, "random", 0o555, fillRandom);
}

function fillRandom(directory: Ptr<Inode>): void {
  makeGenerated(directory, "boot_id", 0o444, writeBootId, 0n);
  makeGenerated(directory, "uuid", 0o444, writeUuid, 0n);
  number(directory, "entropy_avail", 256n);
  number(directory, "poolsize", 256n);
}

function fillVm(directory: Ptr<Inode>): void {
  number(directory, "overcommit_memory", 1n);
  number(directory, "overcommit_ratio", 50n);
  number(directory, "max_map_count", 65530n);
  number(directory, "mmap_min_addr", 65536n);
  number(directory, "swappiness", 0n);
  number(directory, "nr_hugepages", 0n);
}

function fillFs(directory: Ptr<Inode>): void {
  number(directory, "aio-max-nr", u64(AIO_MOST_REQUESTS));
  number(directory, "pipe-max-size", 1048576n);
  number(directory, "nr_open", 1048576n);
  number(directory, "file-max", frameTotalCount());
  void memoryMakeDirectory(directory, "mqueue", 0o555, fillMqueue);
}

function fillMqueue(directory: Ptr<Inode>): void {
  number(directory, "msg_default", MQ_MSG_MAX);
  number(directory, "msg_max", MQ_MSG_MAX);
  number(directory, "msgsize_default", MQ_MSGSIZE_MAX);
  number(directory, "msgsize_max", MQ_MSGSIZE_MAX);
  number(directory, "queues_max", u64(MQ_QUEUES_MAX));
}

function writeSemaphoreLimits(text: Text, _argument: u64): void {
  put(text, `${SEMMSL}\t${SEMMNS}\t${SEMOPM}\t${SEMMNI}\n`);
}

function writeType(text: Text, _argument: u64): void {
  put(text, "Linux\n");
}

function writeRelease(text: Text, _argument: u64): void {
  put(text, KERNEL_RELEASE);
  put(text, "\n");
}

function writeVersionLine(text: Text, _argument: u64): void {
  put(text, KERNEL_VERSION);
  put(text, "\n");
}

function writeBootId(text: Text, _argument: u64): void {
  if (!hasBootId) {
    hasBootId = true;
    randomBytes(elements(bootId), 16n);
  }
  putUuid(text, elements(bootId));
}

function writeUuid(text: Text, _argument: u64): void {
  const fresh: Bytes<16> = zeroed();
  randomBytes(elements(fresh), 16n);
  putUuid(text, elements(fresh));
}

/** RFC 4122, version 4. */
function putUuid(text: Text, bytes: Ptr<u8>): void {
  for (let i: u32 = 0; i < 16; i++) {
    let byte: u8 = bytes[i];
    byte = i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte;
    if (i === 4 || i === 6 || i === 8 || i === 10) {
      put(text, "-");
    }
    putHex(text, u64(byte), 2);
  }
  put(text, "\n");
}
