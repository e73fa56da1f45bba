/**
 * What RAX holds at the `int3` of a nucleus call (calls.ts, stubs.ts).
 *
 * A breakpoint with any other value is the application's, so these must not come about by accident: they are 64-bit numbers that no
 * program counts to and no pointer, index or error has, and still fit a comparison's sign-extended immediate, which saves ring 0 a load.
 */

export const CALL_INVALIDATE = -0x6e75_6331n;
export const CALL_LOAD_TABLE = -0x6e75_6332n;
export const CALL_HALT = -0x6e75_6333n;
export const CALL_WRITE_MSR = -0x6e75_6334n;
export const CALL_READ_MSR = -0x6e75_6335n;
