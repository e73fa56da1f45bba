/**
 * What the runtime of applications needs from the compiler beyond app.d.ts. Only modules in this folder call it.
 */

/** The UTF-16 units of a string, and a string of units; both share the memory. */
declare function unitsOf(text: string): Slice<u16>;
declare function textOf(units: Slice<u16>): string;
/** What a template literal prints for the value. */
declare function toText<T>(value: T): string;
declare function hashKey<T>(key: T): u64;
/** SameValueZero (ECMA-262 7.2.11). */
declare function sameKey<T>(a: T, b: T): bool;
/** Runs the statements of the program's modules. */
declare function runModules(): void;
/** An array as the runtime's class, and back. The reference stays the same. */
declare function listOf<T>(array: T[]): any;
declare function arrayOf<T>(list: object): T[];
declare function mapOf<K, V>(table: object): Map<K, V>;
declare function setOf<K>(table: object): Set<K>;
/** The key as it is stored: -0 becomes 0. */
declare function normalKey<T>(key: T): T;
/** An element of an array as console.log prints it. */
declare function inspectElement<T>(value: T): string;
