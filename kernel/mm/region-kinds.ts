/** The vocabulary of the application's address space (regions.ts, pages.ts). */

/** How regionMap treats its address and its pages. */
export enum RegionFlag {
  /** The address is a hint; 0n: anywhere. */
  None = 0,
  /** Exactly there; what is mapped there already is unmapped. */
  Fixed = 1,
  /** Exactly there; -EEXIST if anything is mapped there. */
  FixedNoReplace = 2,
  /** Anywhere, grows down, with an inaccessible guard page kept below the lowest address. */
  Stack = 4,
}

export enum RegionKind {
  Anonymous = 0,
  Physical = 1,
  /** Anonymous, touched from the top downwards. */
  Stack = 2,
  /** Never given pages. */
  Guard = 3,
}

export enum FaultResult {
  Resolved = 0,
  NotAllowed = 1,
  OutOfMemory = 2,
}
