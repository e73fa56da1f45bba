/** The bounds of the file server: what a guest can make it hold, in one place. */

/** The largest message: 1 MiB of data and a page for what stands before it. */
export const MAX_MESSAGE_BYTES = 0x10_1000;
/** The smallest that a session may agree on: a name of 255 bytes in every message that has one. */
export const MIN_MESSAGE_BYTES = 4096;
/** A request without the data of Twrite. The longest sensible ones are Tsymlink (PATH_MAX) and Twalk (16 names). */
export const MAX_REQUEST_BYTES = 0x3000;
/** An answer without the data of Rread: what one Treaddir gives. */
export const MAX_ANSWER_BYTES = 0x1_0000;
/** What one getdents64(2) gives. */
export const MAX_ENTRIES_BYTES = 0x8000;
/** Fids of a session, if the process may have as many descriptors: each holds one. */
export const MAX_FIDS = 16384;
/** Descriptors of the process that fids leave alone: KVM's, stdio, and what requests need for a moment. */
export const RESERVED_DESCRIPTORS = 192;
/** Files that a session holds locks on at once, each with a descriptor of its own. */
export const MAX_LOCK_FILES = 256;
export const MAX_EXPORTS = 64;
export const MAX_EXPORT_NAME_BYTES = 64;
/** Requests in progress at once: one for each vCPU, and the attendant's. */
export const MAX_REQUESTS = 65;
export const ATTENDANT_REQUEST = 64;
/** Names that one request finds again and again before it gives up, because somebody else makes and removes them. */
export const MAX_CREATE_TRIES = 8;
