// What differs between targets: the memory functions that C compilers call, the default panic, program start.

#if !defined(BT_TARGET_HOST)
#define BT_RUNTIME __attribute__((weak, used, visibility("hidden"), optimize("no-tree-loop-distribute-patterns")))
#if defined(__clang__)
#undef BT_RUNTIME
#define BT_RUNTIME __attribute__((weak, used, visibility("hidden"), no_builtin))
#endif

#if !defined(BT_OWN_memcpy)
BT_RUNTIME void *memcpy(void *to, const void *from, unsigned long count) {
  void *result = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
  return result;
}
#endif
#if !defined(BT_OWN_memset)
BT_RUNTIME void *memset(void *to, int value, unsigned long count) {
  void *result = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory");
  return result;
}
#endif
#if !defined(BT_OWN_memmove)
BT_RUNTIME void *memmove(void *to, const void *from, unsigned long count) {
  u8 *d = to;
  const u8 *s = from;
  if (d == s || count == 0) return to;
  if (d < s || d >= s + count) return memcpy(to, from, count);
  while (count > 0) {
    count--;
    d[count] = s[count];
  }
  return to;
}
#endif
#if !defined(BT_OWN_memcmp)
BT_RUNTIME int memcmp(const void *a, const void *b, unsigned long count) {
  const u8 *x = a;
  const u8 *y = b;
  for (unsigned long i = 0; i < count; i++)
    if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
  return 0;
}
#endif
#endif

#if defined(BT_TARGET_HOST) || defined(BT_TARGET_APP)
BT_FUNCTION i64 bt_write(i32 fd, const void *data, u64 length) {
  i64 result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(1ll), "D"((i64)fd), "S"(data), "d"(length) : "rcx", "r11", "memory");
  return result;
}
#endif

#if defined(BT_TARGET_APP)
/** Sleeps until a signal comes. */
BT_FUNCTION void bt_pause(void) {
  i64 result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(34ll) : "rcx", "r11", "memory");
}
#endif

#if !defined(BT_OWN_bts_panic)
#if defined(BT_TARGET_HOST) || defined(BT_TARGET_APP)
/** `file:line: why`, then SIGABRT, so that shells report 134 and debuggers stop here. */
__attribute__((weak, noreturn, cold)) void bts_panic(bt_string why, bt_string file, u32 line) {
  u8 text[1024];
  bt_format f = { text, 0, sizeof text };
  bt_format_string(&f, file, 300);
  bt_format_char(&f, ':');
  bt_format_u64(&f, line, 0);
  bt_format_string(&f, BT_STR(": panic: "), 20);
  bt_format_string(&f, why, 600);
  bt_format_char(&f, '\n');
#if defined(BT_TARGET_APP)
  // Of several threads that fail at once the first speaks; the others wait for the end.
  static i32 is_panicking;
  while (__atomic_exchange_n(&is_panicking, 1, __ATOMIC_SEQ_CST) != 0) bt_pause();
#endif
  bt_write(2, text, f.length);
#if defined(BT_TARGET_HOST)
  extern void bt_abort(void) __asm__("abort") __attribute__((noreturn));
  bt_abort();
#else
  // The signal goes to this thread (tgkill), which takes it before its next instruction; another one might take it too late.
  i64 pid, tid, result;
  __asm__ volatile("syscall" : "=a"(pid) : "a"(39ll) : "rcx", "r11", "memory");
  __asm__ volatile("syscall" : "=a"(tid) : "a"(186ll) : "rcx", "r11", "memory");
  __asm__ volatile("syscall" : "=a"(result) : "a"(234ll), "D"(pid), "S"(tid), "d"(6ll) : "rcx", "r11", "memory");
  for (;;) __asm__ volatile("syscall" : : "a"(231ll), "D"(134ll) : "rcx", "r11", "memory");
#endif
}
#else
__attribute__((weak, noreturn, cold, visibility("hidden"))) void bts_panic(bt_string why, bt_string file, u32 line) {
  (void)why, (void)file, (void)line;
  for (;;) __builtin_trap();
}
#endif
#endif

#if defined(BT_TARGET_APP) && !defined(BT_OWN_START)
i32 main(i32 argc, u8 **argv);
/** Entry of a static program: argc and argv lie at the stack pointer. */
__attribute__((used, noreturn)) static void bt_start(i64 *stack) {
  i32 status = main((i32)stack[0], (u8 **)(stack + 1));
  for (;;) __asm__ volatile("syscall" : : "a"(231ll), "D"((i64)status) : "rcx", "r11", "memory");
}
__asm__(".globl _start\n.type _start, @function\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall bt_start\n\tud2");
#endif
