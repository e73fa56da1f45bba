/**
 * Writes a packed image: the kernel's ELF file with one more segment, the boot module, which has the program and its files.
 *
 *     kernel's file | pad | module: header, argv, envp, path | pad | files: table, texts, contents, the program among them
 *
 * Loaders of ELF files (QEMU, GRUB) put the module behind the kernel, whose header says where. The proxy takes program and files out of
 * the file and boots its own kernel with them. Contents are copied one file after the other; only tables are held in memory.
 */

import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { UserError } from "../user-error.ts";
import { Crc32c } from "./crc32c.ts";
import {
  BOOT_MODULE,
  DIRECT_MAP_BASE,
  IMAGE_HEADER,
  IMAGE_MAGIC,
  KERNEL_BASE,
  KERNEL_PHYS,
  MODULE_FILE,
  MODULE_MAGIC,
  MOST_FILES,
  PAGE_BYTES,
} from "./layout.ts";
import { isDirectory, type Node } from "./tree.ts";

export interface Contents {
  /** The kernel's ELF file. */
  readonly kernel: Buffer;
  /** The program's path, which is that of a file of the tree. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  readonly root: Node;
}

/** For a machine that nobody gives one. */
const UMASK = 0o022;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PT_LOAD = 1;
const PF_RW = 6;
const EI_OSABI = 7;
const ELFOSABI_HERMIT = 0x42;

/** Writes the image to `output`, which appears when it is complete. Bytes written. */
export function writeImage(output: string, contents: Contents): number {
  const unfinished = `${output}.part`;
  const file = openSync(unfinished, "w", 0o755);
  try {
    const bytes = writeAll(file, contents);
    closeSync(file);
    renameSync(unfinished, output);
    return bytes;
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

function writeAll(file: number, contents: Contents): number {
  const kernel = Buffer.from(contents.kernel);
  const header = kernelHeader(kernel);
  const files = layOutFiles(contents.root);
  const module = moduleHeader(contents, kernel.readUInt32LE(header + IMAGE_HEADER.version), files);
  const moduleStart = roundUp(kernel.length);
  const checksum = new Crc32c();
  let position = moduleStart + module.length;
  const put = (bytes: Buffer): void => {
    checksum.add(bytes);
    position += writeFully(file, bytes, position);
  };
  put(files.tables);
  for (const { host, bytes } of files.contents) {
    put(padded(sameSize(host, bytes)));
  }
  module.writeUInt32LE(checksum.sum, BOOT_MODULE.filesChecksum);
  writeFully(file, module, moduleStart);
  addSegment(kernel, header, moduleStart, position - moduleStart);
  writeFully(file, kernel, 0);
  return position;
}

/** Where the kernel's file has its ImageHeader. */
function kernelHeader(kernel: Buffer): number {
  for (const at of programHeaders(kernel)) {
    if (kernel.readUInt32LE(at) === PT_LOAD && kernel.readBigUInt64LE(at + 16) === KERNEL_BASE) {
      const offset = Number(kernel.readBigUInt64LE(at + 8));
      if (kernel.readBigUInt64LE(offset) === IMAGE_MAGIC) {
        return offset;
      }
    }
  }
  throw new Error("the proxy's kernel is not a kernel of ours");
}

function programHeaders(elf: Buffer): number[] {
  const start = Number(elf.readBigUInt64LE(32));
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => start + index * PROGRAM_HEADER_BYTES);
}

/** One more PT_LOAD, in the room that the linker leaves behind the headers. */
function addSegment(kernel: Buffer, header: number, offset: number, bytes: number): void {
  const headers = programHeaders(kernel);
  const at = ELF_HEADER_BYTES + headers.length * PROGRAM_HEADER_BYTES;
  const first = Math.min(...headers.map((each) => Number(kernel.readBigUInt64LE(each + 8))).filter((each) => each > 0));
  if (Number(kernel.readBigUInt64LE(32)) !== ELF_HEADER_BYTES || at + PROGRAM_HEADER_BYTES > first) {
    throw new Error("the kernel's file has no room for one more program header");
  }
  const physical = KERNEL_PHYS + roundUpBig(kernel.readBigUInt64LE(header + IMAGE_HEADER.imageBytes));
  kernel.writeUInt32LE(PT_LOAD, at);
  kernel.writeUInt32LE(PF_RW, at + 4);
  kernel.writeBigUInt64LE(BigInt(offset), at + 8);
  kernel.writeBigUInt64LE(DIRECT_MAP_BASE + physical, at + 16);
  kernel.writeBigUInt64LE(physical, at + 24);
  kernel.writeBigUInt64LE(BigInt(bytes), at + 32);
  kernel.writeBigUInt64LE(BigInt(bytes), at + 40);
  kernel.writeBigUInt64LE(BigInt(PAGE_BYTES), at + 48);
  kernel.writeUInt16LE(headers.length + 1, 56);
  kernel.writeUInt8(ELFOSABI_HERMIT, EI_OSABI);
  kernel.writeBigUInt64LE(physical, header + IMAGE_HEADER.packedModule);
  kernel.writeBigUInt64LE(BigInt(bytes), header + IMAGE_HEADER.packedBytes);
}

/** The node of a path without symbolic links. */
function findNode(root: Node, path: string): Node | undefined {
  return path
    .split("/")
    .filter(Boolean)
    .reduce<Node | undefined>((node, name) => node?.children.get(name), root);
}

/** The module up to its files, without its checksum. */
function moduleHeader(contents: Contents, version: number, files: FileArea): Buffer {
  const strings = Buffer.from([...contents.argv, ...contents.environment].map((text) => `${text}\0`).join(""));
  const path = Buffer.from(contents.path);
  const module = Buffer.alloc(roundUp(BOOT_MODULE.bytes + strings.length + path.length));
  const filesOffset = module.length;
  const program = files.places.get(findNode(contents.root, contents.path));
  if (program === undefined) {
    throw new Error(`${contents.path} is no file of the tree`);
  }
  const filesBytes = files.tables.length + files.contents.reduce((sum, { bytes }) => sum + roundUp(bytes), 0);
  module.writeBigUInt64LE(MODULE_MAGIC, BOOT_MODULE.magic);
  module.writeUInt32LE(version, BOOT_MODULE.version);
  module.writeBigUInt64LE(BigInt(filesOffset + filesBytes), BOOT_MODULE.totalBytes);
  module.writeUInt32LE(BOOT_MODULE.bytes, BOOT_MODULE.stringsOffset);
  module.writeUInt32LE(strings.length, BOOT_MODULE.stringsBytes);
  module.writeUInt32LE(contents.argv.length, BOOT_MODULE.argc);
  module.writeUInt32LE(contents.environment.length, BOOT_MODULE.envc);
  module.writeBigUInt64LE(BigInt(filesOffset + program.offset), BOOT_MODULE.programOffset);
  module.writeBigUInt64LE(BigInt(program.bytes), BOOT_MODULE.programBytes);
  module.writeUInt32LE(path.length, BOOT_MODULE.pathBytes);
  module.writeUInt32LE(1, BOOT_MODULE.cpuCount);
  module.writeBigUInt64LE(BigInt(filesOffset), BOOT_MODULE.filesOffset);
  module.writeBigUInt64LE(BigInt(filesBytes), BOOT_MODULE.filesBytes);
  module.writeUInt32LE(files.count, BOOT_MODULE.fileCount);
  module.writeUInt32LE(UMASK, BOOT_MODULE.umask);
  strings.copy(module, BOOT_MODULE.bytes);
  path.copy(module, BOOT_MODULE.bytes + strings.length);
  return module;
}

interface FileArea {
  readonly count: number;
  /** The table and its texts, padded. */
  readonly tables: Buffer;
  /** What follows, each padded. */
  readonly contents: ReadonlyArray<{ readonly host: string; readonly bytes: number }>;
  /** Where each file's contents begin in the area. */
  readonly places: ReadonlyMap<Node | undefined, { readonly offset: number; readonly bytes: number }>;
}

/** Numbers the nodes, directory by directory, so that children are next to each other. */
function layOutFiles(root: Node): FileArea {
  const nodes: Node[] = [root];
  const firstChild: number[] = [];
  for (let index = 0; index < nodes.length; index += 1) {
    firstChild.push(nodes.length);
    nodes.push(...(nodes[index] as Node).children.values());
  }
  if (nodes.length > MOST_FILES) {
    throw new UserError(`${nodes.length} files are more than a packed image can have (${MOST_FILES})`);
  }
  const texts = new Texts(nodes.length * MODULE_FILE.bytes);
  const names = nodes.map(({ name }) => texts.add(name));
  const targets = nodes.map(({ target }) => (target === undefined ? 0 : texts.add(target)));
  const tables = Buffer.alloc(roundUp(texts.end));
  texts.copyTo(tables);
  let dataOffset = tables.length;
  const contents: Array<{ host: string; bytes: number }> = [];
  const places = new Map<Node, { offset: number; bytes: number }>();
  for (const [index, node] of nodes.entries()) {
    const isFile = node.host !== undefined;
    const at = index * MODULE_FILE.bytes;
    tables.writeUInt32LE(names[index] as number, at + MODULE_FILE.nameOffset);
    tables.writeUInt32LE(Buffer.byteLength(node.name), at + MODULE_FILE.nameBytes);
    tables.writeUInt32LE(node.mode, at + MODULE_FILE.mode);
    tables.writeUInt32LE(isDirectory(node) ? (firstChild[index] as number) : 0, at + MODULE_FILE.firstChild);
    tables.writeUInt32LE(node.children.size, at + MODULE_FILE.childCount);
    tables.writeBigUInt64LE(BigInt(isFile ? dataOffset : (targets[index] as number)), at + MODULE_FILE.dataOffset);
    tables.writeBigUInt64LE(BigInt(node.bytes), at + MODULE_FILE.dataBytes);
    tables.writeBigUInt64LE(BigInt(Math.round(node.modifyMs * 1000)) * 1000n, at + MODULE_FILE.modifyNs);
    if (node.host !== undefined) {
      contents.push({ host: node.host, bytes: node.bytes });
      places.set(node, { offset: dataOffset, bytes: node.bytes });
      dataOffset += roundUp(node.bytes);
    }
  }
  return { count: nodes.length, tables, contents, places };
}

/** Texts one after the other. */
class Texts {
  private readonly pieces: Buffer[] = [];
  end: number;

  constructor(private readonly start: number) {
    this.end = start;
  }

  /** Where the text will be. */
  add(text: string): number {
    const at = this.end;
    const bytes = Buffer.from(text);
    this.pieces.push(bytes);
    this.end += bytes.length;
    return at;
  }

  copyTo(place: Buffer): void {
    Buffer.concat(this.pieces).copy(place, this.start);
  }
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function sameSize(path: string, bytes: number): Buffer {
  const data = readWhole(path);
  if (data.length !== bytes) {
    throw new UserError(`${path} changed while it was packed; pack again`);
  }
  return data;
}

function padded(bytes: Buffer): Buffer {
  const missing = roundUp(bytes.length) - bytes.length;
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)]);
}

function writeFully(file: number, bytes: Buffer, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
  return done;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

function roundUpBig(bytes: bigint): bigint {
  return (bytes + BigInt(PAGE_BYTES - 1)) & ~BigInt(PAGE_BYTES - 1);
}
