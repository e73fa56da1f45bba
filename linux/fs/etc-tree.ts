/**
 * What is in /etc: only what the guest knows for sure. There is no resolv.conf, since there is no network to resolve names with.
 */

import { S_IFREG } from "../../abi/linux-files.ts";
import { programModule } from "../program.ts";
import { homePath } from "./home.ts";
import type { Inode, InodeGenerate } from "./inode.ts";
import { memoryMake } from "./memory-fs.ts";
import { put, putCString, putNumber, type Text } from "./text.ts";

const HOST_NAME_BYTES = 64;

export function fillEtc(directory: Ptr<Inode>): void {
  makeGenerated(directory, "hostname", 0o644, writeHostName, 0n);
  makeGenerated(directory, "passwd", 0o644, passwd, 0n);
  makeGenerated(directory, "group", 0o644, group, 0n);
  makeGenerated(directory, "hosts", 0o644, hosts, 0n);
  makeGenerated(directory, "nsswitch.conf", 0o644, nameServices, 0n);
}

/** A file whose contents `generate` writes. */
export function makeGenerated(
  directory: Ptr<Inode>,
  name: string,
  mode: u32,
  generate: InodeGenerate,
  argument: u64,
): void {
  const made = memoryMake(directory, name, { mode: S_IFREG | mode, uid: 0, gid: 0, device: 0n, target: "" });
  if (made !== null) {
    made.generate = generate;
    made.argument = argument;
  }
}

/** Also /proc/sys/kernel/hostname. */
export function writeHostName(text: Text, _argument: u64): void {
  const name = elements(programModule().hostName);
  if (name[0] === 0) {
    put(text, "hermit");
  } else {
    putCString(text, name, HOST_NAME_BYTES);
  }
  put(text, "\n");
}

function passwd(text: Text, _argument: u64): void {
  const user = programModule().uid;
  const home = homePath();
  put(text, "root:x:0:0:root:");
  put(text, user === 0 && home.length > 0 ? home : "/");
  put(text, ":/bin/sh\n");
  if (user !== 0) {
    put(text, `user:x:${user}:${programModule().gid}:user:`);
    put(text, home.length > 0 ? home : "/tmp");
    put(text, ":/bin/sh\n");
  }
}

function group(text: Text, _argument: u64): void {
  const own = programModule().gid;
  put(text, "root:x:0:\n");
  if (own !== 0) {
    put(text, "user:x:");
    putNumber(text, u64(own));
    put(text, ":\n");
  }
}

function hosts(text: Text, _argument: u64): void {
  put(text, "127.0.0.1 localhost\n::1 localhost\n");
}

function nameServices(text: Text, _argument: u64): void {
  put(text, "passwd: files\ngroup: files\nhosts: files\n");
}
