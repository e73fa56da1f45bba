/**
 * What is in /sys: processors with topology and caches, one memory node, transparent huge pages. Enough for the libraries that place
 * threads by it (glibc, OpenMP, hwloc, Go, V8).
 *
 *     argument of cache files    processor << 8 | index of the cache
 */

import { frameFreeCount, frameTotalCount } from "../../kernel/mm/frames.ts";
import { type CpuidResult, cpuid } from "../../nucleus/cpu.ts";
import { makeGenerated } from "./etc-tree.ts";
import type { Inode } from "./inode.ts";
import { memoryMakeDirectory } from "./memory-fs.ts";
import { onlineListText, onlineMaskText, onlineProcessors } from "./processors.ts";
import { put, putHex, putNumberLine, type Text } from "./text.ts";

const MOST_CACHES = 8;
const LARGE_PAGE_BYTES = 2_097_152n;

export function fillSys(root: Ptr<Inode>): void {
  const devices = memoryMakeDirectory(root, "devices", 0o755, null);
  const kernel = memoryMakeDirectory(root, "kernel", 0o755, null);
  const system = devices === null ? null : memoryMakeDirectory(devices, "system", 0o755, null);
  if (system === null || kernel === null) {
    return;
  }
  void memoryMakeDirectory(system, "cpu", 0o755, fillCpu);
  void memoryMakeDirectory(system, "node", 0o755, fillNode);
  const mm = memoryMakeDirectory(kernel, "mm", 0o755, null);
  if (mm !== null) {
    void memoryMakeDirectory(mm, "transparent_hugepage", 0o755, fillHugePages);
  }
}

function file(directory: Ptr<Inode>, name: string, write: (text: Text, argument: u64) => void, argument: u64): void {
  makeGenerated(directory, name, 0o444, write, argument);
}

function writeOnline(text: Text, _argument: u64): void {
  onlineListText(text);
  put(text, "\n");
}

function writeMask(text: Text, _argument: u64): void {
  onlineMaskText(text);
  put(text, "\n");
}

function writeNumber(text: Text, value: u64): void {
  putNumberLine(text, value);
}

function writeEmpty(text: Text, _argument: u64): void {
  put(text, "\n");
}

function fillCpu(directory: Ptr<Inode>): void {
  file(directory, "online", writeOnline, 0n);
  file(directory, "possible", writeOnline, 0n);
  file(directory, "present", writeOnline, 0n);
  file(directory, "offline", writeEmpty, 0n);
  file(directory, "isolated", writeEmpty, 0n);
  file(directory, "kernel_max", writeNumber, 63n);
  for (let cpu: u32 = 0; cpu < onlineProcessors(); cpu++) {
    const made = memoryMakeDirectory(directory, `cpu${cpu}`, 0o755, fillOneCpu);
    if (made !== null) {
      made.argument = u64(cpu);
    }
  }
}

function fillOneCpu(directory: Ptr<Inode>): void {
  const topology = memoryMakeDirectory(directory, "topology", 0o755, fillTopology);
  const cache = memoryMakeDirectory(directory, "cache", 0o755, fillCaches);
  if (topology !== null) {
    topology.argument = directory.argument;
  }
  if (cache !== null) {
    cache.argument = directory.argument;
  }
  file(directory, "online", writeNumber, 1n);
}

/** Each processor is a core of its own in one package: what the machine was given. */
function fillTopology(directory: Ptr<Inode>): void {
  const cpu = directory.argument;
  file(directory, "physical_package_id", writeNumber, 0n);
  file(directory, "die_id", writeNumber, 0n);
  file(directory, "core_id", writeNumber, cpu);
  file(directory, "core_cpus", writeOwnMask, cpu);
  file(directory, "core_cpus_list", writeNumber, cpu);
  file(directory, "thread_siblings", writeOwnMask, cpu);
  file(directory, "thread_siblings_list", writeNumber, cpu);
  file(directory, "core_siblings", writeMask, 0n);
  file(directory, "core_siblings_list", writeOnline, 0n);
  file(directory, "package_cpus", writeMask, 0n);
  file(directory, "package_cpus_list", writeOnline, 0n);
}

function writeOwnMask(text: Text, cpu: u64): void {
  if (onlineProcessors() > 32) {
    putHex(text, cpu >= 32n ? 1n << (cpu - 32n) : 0n, 1);
    put(text, ",");
    putHex(text, cpu < 32n ? 1n << cpu : 0n, 8);
  } else {
    putHex(text, 1n << cpu, 1);
  }
  put(text, "\n");
}

// --- Caches ------------------------------------------------------------------------------------------------------------------

/** What CPUID 4 (Intel) or 0x8000001D (AMD), which have the same form, say of a cache; type 0: there is no such cache. */
class Cache {
  type!: u32;
  level!: u32;
  ways!: u32;
  partitions!: u32;
  lineBytes!: u32;
  sets!: u32;
}

function readCache(index: u32, cache: Cache): void {
  const result: CpuidResult = zeroed();
  cpuid(0, 0, result);
  const hasLeaf4 = result.eax >= 4;
  result.eax = 0;
  if (hasLeaf4) {
    cpuid(4, index, result);
  }
  if ((result.eax & 31) === 0) {
    cpuid(0x8000_0000, 0, result);
    const isKnown = result.eax >= 0x8000_001d;
    result.eax = 0;
    if (isKnown) {
      cpuid(0x8000_001d, index, result);
    }
  }
  cache.type = result.eax & 31;
  cache.level = (result.eax >> 5) & 7;
  cache.lineBytes = (result.ebx & 0xfff) + 1;
  cache.partitions = ((result.ebx >> 12) & 0x3ff) + 1;
  cache.ways = (result.ebx >> 22) + 1;
  cache.sets = result.ecx + 1;
}

function fillCaches(directory: Ptr<Inode>): void {
  const cache: Cache = zeroed();
  for (let index: u32 = 0; index < MOST_CACHES; index++) {
    readCache(index, cache);
    if (cache.type === 0) {
      return;
    }
    const made = memoryMakeDirectory(directory, `index${index}`, 0o755, fillCache);
    if (made !== null) {
      made.argument = (directory.argument << 8n) | u64(index);
    }
  }
}

function fillCache(directory: Ptr<Inode>): void {
  const argument = directory.argument;
  const cache: Cache = zeroed();
  readCache(u32(argument & 255n), cache);
  file(directory, "level", writeNumber, u64(cache.level));
  file(directory, "type", writeCacheType, u64(cache.type));
  file(directory, "size", writeKib, cacheBytes(cache) / 1024n);
  file(directory, "coherency_line_size", writeNumber, u64(cache.lineBytes));
  file(directory, "number_of_sets", writeNumber, u64(cache.sets));
  file(directory, "ways_of_associativity", writeNumber, u64(cache.ways));
  file(directory, "physical_line_partition", writeNumber, u64(cache.partitions));
  if (cache.level >= 3) {
    file(directory, "shared_cpu_map", writeMask, 0n);
    file(directory, "shared_cpu_list", writeOnline, 0n);
  } else {
    file(directory, "shared_cpu_map", writeOwnMask, argument >> 8n);
    file(directory, "shared_cpu_list", writeNumber, argument >> 8n);
  }
}

function cacheBytes(cache: Cache): u64 {
  return u64(cache.ways) * u64(cache.partitions) * u64(cache.lineBytes) * u64(cache.sets);
}

function writeCacheType(text: Text, type: u64): void {
  put(text, type === 1n ? "Data\n" : type === 2n ? "Instruction\n" : "Unified\n");
}

function writeKib(text: Text, kib: u64): void {
  put(text, `${kib}K\n`);
}

// --- Memory ------------------------------------------------------------------------------------------------------------------

function writeNodeZero(text: Text, _argument: u64): void {
  put(text, "0\n");
}

function fillNode(directory: Ptr<Inode>): void {
  file(directory, "online", writeNodeZero, 0n);
  file(directory, "possible", writeNodeZero, 0n);
  file(directory, "has_cpu", writeNodeZero, 0n);
  file(directory, "has_memory", writeNodeZero, 0n);
  file(directory, "has_normal_memory", writeNodeZero, 0n);
  void memoryMakeDirectory(directory, "node0", 0o755, fillNode0);
}

function fillNode0(directory: Ptr<Inode>): void {
  file(directory, "cpumap", writeMask, 0n);
  file(directory, "cpulist", writeOnline, 0n);
  file(directory, "distance", writeNumber, 10n);
  file(directory, "meminfo", writeNodeMemory, 0n);
}

function writeNodeMemory(text: Text, _argument: u64): void {
  const total = frameTotalCount() * 4n;
  const free = frameFreeCount() * 4n;
  put(
    text,
    `Node 0 MemTotal:       ${total} kB\nNode 0 MemFree:        ${free} kB\nNode 0 MemUsed:        ${total - free} kB\n`,
  );
}

function fillHugePages(directory: Ptr<Inode>): void {
  file(directory, "enabled", writeEnabled, 0n);
  file(directory, "defrag", writeDefrag, 0n);
  file(directory, "hpage_pmd_size", writeNumber, LARGE_PAGE_BYTES);
}

function writeEnabled(text: Text, _argument: u64): void {
  put(text, "[always] madvise never\n");
}

function writeDefrag(text: Text, _argument: u64): void {
  put(text, "[always] defer defer+madvise madvise never\n");
}
