/** Descriptions of O_PATH: a place in the tree, and nothing that can be read. */

import type { FileOperations } from "./file.ts";

export const PATH_ONLY_OPERATIONS: FileOperations = {
  name: "",
  read: null,
  write: null,
  poll: null,
  control: null,
  status: null,
  list: null,
  seek: null,
  release: null,
  isPositioned: false,
};
