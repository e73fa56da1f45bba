/**
 * The files of a packed image, as a tree: what the guest will find at which path, and where on this host it comes from.
 *
 * A path is added as it is looked up: symbolic links on the way become links of the tree, and what they lead to is added as well. Files
 * that are neither regular, directories nor links (sockets, devices) cannot be packed and are reported.
 */

import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errorCode, UserError } from "../user-error.ts";

export interface Node {
  readonly name: string;
  readonly mode: number;
  readonly modifyMs: number;
  /** Of a directory, by name. */
  readonly children: Map<string, Node>;
  /** Of a regular file: where to read it. */
  readonly host?: string;
  readonly bytes: number;
  /** Of a symbolic link. */
  readonly target?: string;
}

/** libz.so, libz.so.1.2.13, _ssl.cpython-311-x86_64-linux-gnu.so */
const SHARED_OBJECT = /\.so(\.[\d.]+)?$/;
const ANY_EXECUTE = 0o111;
const DIRECTORY_MODE = 0o040755;
const LINK_MODE = 0o120777;
/** As many links as the kernel follows. */
const MOST_LINKS = 40;

export class Tree {
  readonly root: Node = directory("", DIRECTORY_MODE, 0);
  /** Paths that were left out, for a message. */
  readonly skipped: string[] = [];

  /** Puts a file or everything below a directory of this host at a path of the guest. */
  addAt(host: string, guest: string): void {
    const stats = lookAt(host, true);
    if (!stats.isDirectory()) {
      const parent = this.makeDirectories(dirname(guest));
      this.addOne(parent, lastName(guest), host, stats);
      return;
    }
    this.addBelow(this.makeDirectories(guest), host);
  }

  /** Adds a path that is the same on this host and in the guest, with the links that lead to it. */
  addLooked(path: string): void {
    let todo = resolve(path).split("/").filter(Boolean);
    let done = "/";
    let links = 0;
    while (todo.length > 0) {
      const name = todo[0] as string;
      const host = join(done, name);
      const stats = lookAt(host, false);
      if (!stats.isSymbolicLink()) {
        if (todo.length === 1) {
          this.addAt(host, host);
          return;
        }
        done = host;
        todo = todo.slice(1);
        continue;
      }
      links += 1;
      if (links > MOST_LINKS) {
        throw new UserError(`${path} cannot be packed: too many symbolic links`);
      }
      const target = readlinkSync(host);
      this.addLink(host, target);
      todo = [...resolve(done, target).split("/").filter(Boolean), ...todo.slice(1)];
      done = "/";
    }
  }

  addLink(path: string, target: string): void {
    const parent = this.makeDirectories(dirname(path));
    parent.children.set(lastName(path), link(lastName(path), target, 0));
  }

  /** Where this host has the shared objects that the tree has. */
  sharedObjects(): string[] {
    return this.hostFiles(({ name }) => SHARED_OBJECT.test(name));
  }

  /** Where this host has the files that may be executed. */
  executables(): string[] {
    return this.hostFiles(({ name, mode }) => (mode & ANY_EXECUTE) !== 0 && !SHARED_OBJECT.test(name));
  }

  private hostFiles(isWanted: (node: Node) => boolean): string[] {
    const found: string[] = [];
    const collect = (node: Node): void => {
      if (node.host !== undefined && isWanted(node)) {
        found.push(node.host);
      }
      node.children.forEach(collect);
    };
    collect(this.root);
    return found;
  }

  private addBelow(parent: Node, host: string): void {
    for (const name of readdirSync(host).sort()) {
      const path = join(host, name);
      this.addOne(parent, name, path, lookAt(path, false));
    }
  }

  private addOne(parent: Node, name: string, host: string, stats: Stats): void {
    if (stats.isSymbolicLink()) {
      parent.children.set(name, link(name, readlinkSync(host), stats.mtimeMs));
    } else if (stats.isFile()) {
      const { mode, size, mtimeMs } = stats;
      parent.children.set(name, { name, mode, modifyMs: mtimeMs, children: new Map(), host, bytes: size });
    } else if (stats.isDirectory()) {
      const present = parent.children.get(name);
      const made = present && isDirectory(present) ? present : directory(name, stats.mode, stats.mtimeMs);
      parent.children.set(name, made);
      this.addBelow(made, host);
    } else {
      this.skipped.push(host);
    }
  }

  /** The directory at a path of the guest, through the links that the tree has, made where it is missing. */
  private makeDirectories(path: string): Node {
    let node = this.root;
    for (const name of path.split("/").filter(Boolean)) {
      let next = node.children.get(name);
      if (next?.target !== undefined) {
        throw new UserError(`nothing can be packed at ${path}: ${name} is a symbolic link there`);
      }
      if (next === undefined || !isDirectory(next)) {
        next = directory(name, DIRECTORY_MODE, 0);
        node.children.set(name, next);
      }
      node = next;
    }
    return node;
  }
}

export function isDirectory(node: Node): boolean {
  return (node.mode & 0o170000) === 0o040000;
}

function directory(name: string, mode: number, modifyMs: number): Node {
  return { name, mode, modifyMs, children: new Map(), bytes: 0 };
}

function link(name: string, target: string, modifyMs: number): Node {
  return { name, mode: LINK_MODE, modifyMs, children: new Map(), target, bytes: Buffer.byteLength(target) };
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function lookAt(path: string, follows: boolean): Stats {
  try {
    const stats = lstatSync(path);
    return follows && stats.isSymbolicLink() ? lookAt(resolve(dirname(path), readlinkSync(path)), true) : stats;
  } catch (error) {
    const why = errorCode(error) === "ENOENT" ? "was not found" : `cannot be read (${errorCode(error)})`;
    throw new UserError(`${path} ${why}, so it cannot be packed`);
  }
}
