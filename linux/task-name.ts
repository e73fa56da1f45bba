/** The comm name of a task: prctl(PR_SET_NAME) and PR_GET_NAME; a new thread has its maker's. */

import { TASK_COMM_LEN } from "../abi/linux-process.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { currentTask, firstTask } from "./task.ts";

/** The program's only task is called after it. */
export function taskNameInit(name: string): void {
  const most = TASK_COMM_LEN - 1;
  zero(firstTask.name);
  const length: u32 = name.length < most ? name.length : most;
  copyBytes(elements(firstTask.name), name.data, u64(length));
}

export function taskNameSet(address: u64): i64 {
  const name: Bytes<16> = zeroed();
  for (let i: u32 = 0; i < TASK_COMM_LEN - 1; i++) {
    const read = userRead(elements(name).add(i), VirtAddr(address + u64(i)), 1n);
    if (read !== 0n) {
      return read;
    }
    if (name[i] === 0) {
      break;
    }
  }
  copy(currentTask().name, name);
  return 0n;
}

export function taskNameGet(address: u64): i64 {
  return userWrite(VirtAddr(address), elements(currentTask().name), u64(TASK_COMM_LEN));
}
