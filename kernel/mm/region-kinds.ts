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
  /** As None, but where 31 bits reach: a hint that lies there, or anywhere in the second GiB (MAP_32BIT). */
  Low = 8,
}

export enum RegionKind {
  Anonymous = 0,
  Physical = 1,
  /** Anonymous, touched from the top downwards. */
  Stack = 2,
  /** Never given pages. */
  Guard = 3,
  /** Shows pages of a mapped object (mapped-object.ts), and has copies of those that a private mapping has written to. */
  File = 4,
}

/** What programs say about a region; bits of Region.traits. */
export enum RegionTrait {
  None = 0,
  /** MAP_SHARED. Of memory without a file it only shows in listings: there is one process. */
  Shared = 1,
  /** Pages of 2 MiB from the first touch on (MADV_HUGEPAGE). */
  LargePages = 2,
  /** Never pages of 2 MiB (MADV_NOHUGEPAGE). */
  SmallPages = 4,
  /** mlock: nothing is ever taken out, but its pages are there. */
  Locked = 8,
  /** An access below a Stack region extends it. */
  Grows = 16,
  /** MAP_NORESERVE: more than the machine has may be asked for. */
  NoReserve = 32,
  /** A shared mapping of a file that was not opened for writing: it never becomes writable. */
  NeverWritable = 64,
  /** Part of a program's or library's image (MAP_DENYWRITE, a segment): what it may write to it will write to soon. */
  OfImage = 128,
}

export enum FaultResult {
  Resolved = 0,
  NotAllowed = 1,
  OutOfMemory = 2,
  /** The page is behind the end of its file, or could not be read. */
  BusError = 3,
  /** Inside kernel/mm only: the block wants a page of 2 MiB, which is made without the lock. */
  WantsLarge = 4,
  /** Inside kernel/mm only: the region must be extended first. */
  WantsGrowth = 5,
  /** Inside kernel/mm only: the page of the file has to be fetched, without the lock. */
  WantsPage = 6,
  /** Inside kernel/mm only: the offered page of 2 MiB is to take the place of small ones. */
  WantsPromotion = 7,
  /** Resolved, and the page had to be fetched first. */
  Fetched = 8,
}
