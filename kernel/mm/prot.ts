/** Page protections, with the numbers of mmap(2)'s PROT_*. */

export enum Prot {
  None = 0,
  Read = 1,
  Write = 2,
  ReadWrite = 3,
  Execute = 4,
  ReadExecute = 5,
  WriteExecute = 6,
  All = 7,
}
