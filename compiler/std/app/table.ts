/**
 * Map and Set (ECMA-262 24.1, 24.2): entries in the order of insertion, found through an index of hashes.
 *
 *   keys/values   [ k0 v0 | k1 v1 | (deleted) | k3 v3 | ... used )      in order; deleted entries stay as gaps
 *   index         2^n cells of "entry + 1", open addressing; 0 is empty; a deleted entry's cell stays and matches nothing
 *
 * Gaps are closed when the table grows, but not while somebody iterates: entries must not move under a loop.
 */
import { allocate } from "./arena.ts";
import { listNew, listPush } from "./list.ts";

const FIRST_CAPACITY: u32 = 8;
const MAX_ENTRIES: u32 = 0x0100_0000;

@struct()
export class Table<K, V> {
  keys!: Ptr<K>;
  values!: Ptr<V>;
  present!: Ptr<bool>;
  index!: Ptr<u32>;
  /** Entries in use, deleted ones included. */
  used!: u32;
  live!: u32;
  capacity!: u32;
  iterating!: u32;
}

function tableNew<K, V>(): Table<K, V> {
  const table = castPtr<Table<K, V>>(allocate<Table<K, V>>(1n));
  tableAllocate<K, V>(table, FIRST_CAPACITY);
  return table;
}

/** Empty storage for `capacity` entries; the index has four cells for each. */
function tableAllocate<K, V>(table: Table<K, V>, capacity: u32): void {
  table.keys = allocate<K>(u64(capacity));
  table.values = allocate<V>(u64(capacity));
  table.present = allocate<bool>(u64(capacity));
  table.index = allocate<u32>(u64(capacity) * 4n);
  table.capacity = capacity;
  table.used = 0;
  table.live = 0;
}

function tableFind<K, V>(table: Table<K, V>, key: K): i64 {
  const mask: u64 = u64(table.capacity) * 4n - 1n;
  let cell: u64 = hashKey(key) & mask;
  for (;;) {
    const entry: u32 = at(table.index, cell);
    if (entry === 0) return -1n;
    if (table.present[entry - 1] && sameKey(table.keys[entry - 1], key)) return i64(entry) - 1n;
    cell = (cell + 1n) & mask;
  }
}

function tableAppend<K, V>(table: Table<K, V>, key: K, value: V): void {
  const mask: u64 = u64(table.capacity) * 4n - 1n;
  let cell: u64 = hashKey(key) & mask;
  while (at(table.index, cell) !== 0) cell = (cell + 1n) & mask;
  const entry: u32 = table.used;
  table.keys[entry] = key;
  table.values[entry] = value;
  table.present[entry] = true;
  table.used = entry + 1;
  table.live++;
  setAt(table.index, cell, entry + 1);
}

function tableGrow<K, V>(table: Table<K, V>): void {
  const keys = table.keys;
  const values = table.values;
  const present = table.present;
  const used: u32 = table.used;
  const gaps: bool = table.iterating > 0;
  const wanted: u32 = gaps || table.live > table.capacity / 2 ? table.capacity * 2 : table.capacity;
  assert(wanted <= MAX_ENTRIES, "the map has too many entries");
  tableAllocate<K, V>(table, wanted);
  for (let i: u32 = 0; i < used; i++) {
    if (present[i]) tableAppend<K, V>(table, keys[i], values[i]);
    else if (gaps) table.used = table.used + 1;
  }
}

function tableSet<K, V>(table: Table<K, V>, key: K, value: V): void {
  const found: i64 = tableFind<K, V>(table, key);
  if (found >= 0n) {
    setAt(table.values, u64(found), value);
    return;
  }
  if (table.used === table.capacity) tableGrow<K, V>(table);
  tableAppend<K, V>(table, normalKey(key), value);
}

function tableDelete<K, V>(table: Table<K, V>, key: K): bool {
  const found: i64 = tableFind<K, V>(table, key);
  if (found < 0n) return false;
  setAt(table.present, u64(found), false);
  table.live--;
  return true;
}

function tableClear<K, V>(table: Table<K, V>): void {
  if (table.iterating === 0) {
    tableAllocate<K, V>(table, FIRST_CAPACITY);
    return;
  }
  for (let i: u32 = 0; i < table.used; i++) table.present[i] = false;
  table.live = 0;
}

/** The first entry at or behind `from`; `used` if there is none. */
export function tableNext<K, V>(table: Table<K, V>, from: u32): u32 {
  let i: u32 = from;
  while (i < table.used && !table.present[i]) i++;
  return i;
}

function tableKeys<K, V>(table: Table<K, V>): K[] {
  const result = listNew<K>(f64(table.live));
  for (let i: u32 = tableNext<K, V>(table, 0); i < table.used; i = tableNext<K, V>(table, i + 1))
    void listPush<K>(result, table.keys[i]);
  return arrayOf<K>(result);
}

// --- Map ---------------------------------------------------------------------------------------------------------------------

export function mapNew<K, V>(): Table<K, V> {
  return tableNew<K, V>();
}

export function mapGet<K, V>(map: Table<K, V>, key: K): V | undefined {
  const found: i64 = tableFind<K, V>(map, key);
  if (found < 0n) return undefined;
  return at(map.values, u64(found));
}

export function mapHas<K, V>(map: Table<K, V>, key: K): bool {
  return tableFind<K, V>(map, key) >= 0n;
}

export function mapSet<K, V>(map: Table<K, V>, key: K, value: V): Map<K, V> {
  tableSet<K, V>(map, key, value);
  return mapOf<K, V>(map);
}

export function mapDelete<K, V>(map: Table<K, V>, key: K): bool {
  return tableDelete<K, V>(map, key);
}

export function mapClear<K, V>(map: Table<K, V>): void {
  tableClear<K, V>(map);
}

export function mapKeys<K, V>(map: Table<K, V>): K[] {
  return tableKeys<K, V>(map);
}

export function mapValues<K, V>(map: Table<K, V>): V[] {
  const result = listNew<V>(f64(map.live));
  for (let i: u32 = tableNext<K, V>(map, 0); i < map.used; i = tableNext<K, V>(map, i + 1))
    void listPush<V>(result, map.values[i]);
  return arrayOf<V>(result);
}

/** Entries that the action adds are visited as well. */
export function mapForEach<K, V>(map: Table<K, V>, action: (value: V, key: K) => void): void {
  map.iterating++;
  for (let i: u32 = tableNext<K, V>(map, 0); i < map.used; i = tableNext<K, V>(map, i + 1))
    action(map.values[i], map.keys[i]);
  map.iterating--;
}

// --- Set ---------------------------------------------------------------------------------------------------------------------

export function setNew<K>(): Table<K, bool> {
  return tableNew<K, bool>();
}

export function setAdd<K>(set: Table<K, bool>, value: K): Set<K> {
  tableSet<K, bool>(set, value, true);
  return setOf<K>(set);
}

export function setHas<K>(set: Table<K, bool>, value: K): bool {
  return tableFind<K, bool>(set, value) >= 0n;
}

export function setDelete<K>(set: Table<K, bool>, value: K): bool {
  return tableDelete<K, bool>(set, value);
}

export function setClear<K>(set: Table<K, bool>): void {
  tableClear<K, bool>(set);
}

export function setValues<K>(set: Table<K, bool>): K[] {
  return tableKeys<K, bool>(set);
}

// --- Hashes ------------------------------------------------------------------------------------------------------------------

/** Spreads 64 bits over 64 bits (the finaliser of SplitMix64). */
export function hashBits(bits: u64): u64 {
  let h: u64 = bits;
  h = (h ^ (h >> 30n)) * 0xbf58_476d_1ce4_e5b9n;
  h = (h ^ (h >> 27n)) * 0x94d0_49bb_1331_11ebn;
  return h ^ (h >> 31n);
}

/** Both zeros are one key, and so are all NaNs. */
export function hashNumber(value: f64): u64 {
  if (value !== value) return hashBits(0x7ff8_0000_0000_0000n);
  return hashBits(bitsOfF64(value === 0.0 ? 0.0 : value));
}

/** FNV-1a over the units. */
export function hashText(text: string): u64 {
  const units = unitsOf(text);
  let h: u64 = 0xcbf2_9ce4_8422_2325n;
  for (let i: u64 = 0n; i < units.length; i++) h = (h ^ u64(at(units, i))) * 0x100_0000_01b3n;
  return hashBits(h);
}
