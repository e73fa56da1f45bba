/** The vocabulary of the application's address space (regions.ts, pages.ts). */

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
