// The runtime of compiled bare TypeScript: one self-contained header, no system headers.
//
// Types, checks, the arithmetic that C leaves undefined, text formatting, and, where there is no C library, the four
// memory functions that a C compiler may call on its own account.

#ifndef BT_H
#define BT_H

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ bt_uint64;
typedef __INT8_TYPE__ i8;
typedef __INT16_TYPE__ i16;
typedef __INT32_TYPE__ i32;
typedef unsigned long long u64;
typedef long long i64;
typedef float f32;
typedef double f64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#if defined(__clang__)
// clang insists on `char **` for a function that C calls main; the symbol stays `main`.
#define main bts_main
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

_Static_assert(sizeof(void *) == 8 && sizeof(u64) == 8 && sizeof(u32) == 4, "x86-64 data model");

/** UTF-8 bytes by pointer and length; literals are NUL-terminated behind their length. */
typedef struct bt_string {
  u8 *data;
  u64 length;
} bt_string;

#define BT_STR(text) ((bt_string){ (u8 *)(text), sizeof(text) - 1 })
#define BT_STR_INIT(text) { (u8 *)(text), sizeof(text) - 1 }

#define BT_LIKELY(c) __builtin_expect(!!(c), 1)
#define BT_UNLIKELY(c) __builtin_expect(!!(c), 0)
#define BT_FUNCTION __attribute__((unused)) static inline
// GCC must not draw conclusions about registers from a body that is assembly it does not read.
#if defined(__clang__)
#define BT_NAKED naked, noinline
#else
#define BT_NAKED naked, noipa
#endif

// --- Failure ----------------------------------------------------------------------------------------------------------

__attribute__((noreturn, cold)) void bts_panic(bt_string why, bt_string file, u32 line);

#define BT_PANIC_STRING(why) bts_panic((why), BT_STR(__FILE__), __LINE__)
#define BT_PANIC(text) bts_panic(BT_STR(text), BT_STR(__FILE__), __LINE__)
#define BT_ASSERT(c, why) ((void)(BT_LIKELY(c) || (BT_PANIC_STRING(why), 0)))

// --- Checks of --checked -----------------------------------------------------------------------------------------------

/** The type of a value, without the address space that the place it is read from has. */
#define BT_TYPE(v) __typeof__(((void)0, (v)))
#define BT_INDEX(i, n) \
  ({ \
    u64 bt_i = (i); \
    if (BT_UNLIKELY(bt_i >= (n))) BT_PANIC("index out of bounds"); \
    bt_i; \
  })
#define BT_CHECK_PTR(p, alignment) \
  ({ \
    BT_TYPE(p) bt_p = (p); \
    if (BT_UNLIKELY(bt_p == NULL)) BT_PANIC("null pointer"); \
    if (BT_UNLIKELY((u64)bt_p & ((alignment) - 1))) BT_PANIC("misaligned pointer"); \
    bt_p; \
  })
#define BT_NOT_NULL(p) \
  ({ \
    BT_TYPE(p) bt_p = (p); \
    if (BT_UNLIKELY(bt_p == NULL)) BT_PANIC("null where a value was asserted"); \
    bt_p; \
  })
#define BT_SLICE_AT(s, i) \
  (*({ \
    BT_TYPE(s) bt_s = (s); \
    u64 bt_i = (i); \
    if (BT_UNLIKELY(bt_i >= bt_s.length)) BT_PANIC("index out of bounds"); \
    bt_s.data + bt_i; \
  }))
#define BT_STRING_AT(s, i) BT_SLICE_AT(s, i)
#define BT_SUBSLICE(type, s, from, to) \
  ({ \
    BT_TYPE(s) bt_s = (s); \
    u64 bt_from = (from), bt_to = (to); \
    (type){ bt_s.data + bt_from, bt_to - bt_from }; \
  })
#define BT_SUBSLICE_CHECKED(type, s, from, to) \
  ({ \
    BT_TYPE(s) bt_s = (s); \
    u64 bt_from = (from), bt_to = (to); \
    if (BT_UNLIKELY(bt_from > bt_to || bt_to > bt_s.length)) BT_PANIC("slice out of bounds"); \
    (type){ bt_s.data + bt_from, bt_to - bt_from }; \
  })
/** Conversion that expects the value to fit; `sign` is u or s, the signedness of the source. */
#define BT_NARROW(type, sign, v) \
  ({ \
    BT_TYPE(v) bt_v = (v); \
    type bt_r = (type)bt_v; \
    if (BT_UNLIKELY((__typeof__(v))bt_r != bt_v || BT_NEGATIVE_##sign(bt_v) != ((type)-1 < (type)1 && bt_r < (type)1 && bt_r != 0))) \
      BT_PANIC("the value does not fit " #type); \
    bt_r; \
  })
#define BT_NEGATIVE_u(v) 0
#define BT_NEGATIVE_s(v) ((v) < 0)

// --- Arithmetic that C leaves undefined ---------------------------------------------------------------------------------

#define BT_DIV(type, a, b) bt_div_##type((a), (b), __FILE__, sizeof(__FILE__) - 1, __LINE__)
#define BT_REM(type, a, b) bt_rem_##type((a), (b), __FILE__, sizeof(__FILE__) - 1, __LINE__)

#define BT_DEFINE_UNSIGNED(type) \
  BT_FUNCTION type bt_div_##type(type a, type b, const char *file, u64 length, u32 line) { \
    if (BT_UNLIKELY(b == 0)) bts_panic(BT_STR("division by zero"), (bt_string){ (u8 *)file, length }, line); \
    return (type)(a / b); \
  } \
  BT_FUNCTION type bt_rem_##type(type a, type b, const char *file, u64 length, u32 line) { \
    if (BT_UNLIKELY(b == 0)) bts_panic(BT_STR("division by zero"), (bt_string){ (u8 *)file, length }, line); \
    return (type)(a % b); \
  }
// MIN / -1 wraps to MIN; the hardware would trap.
#define BT_DEFINE_SIGNED(type, unsigned_type) \
  BT_FUNCTION type bt_div_##type(type a, type b, const char *file, u64 length, u32 line) { \
    if (BT_UNLIKELY(b == 0)) bts_panic(BT_STR("division by zero"), (bt_string){ (u8 *)file, length }, line); \
    return b == -1 ? (type)(0 - (unsigned_type)a) : (type)(a / b); \
  } \
  BT_FUNCTION type bt_rem_##type(type a, type b, const char *file, u64 length, u32 line) { \
    if (BT_UNLIKELY(b == 0)) bts_panic(BT_STR("division by zero"), (bt_string){ (u8 *)file, length }, line); \
    return b == -1 ? (type)0 : (type)(a % b); \
  }
BT_DEFINE_UNSIGNED(u8)
BT_DEFINE_UNSIGNED(u16)
BT_DEFINE_UNSIGNED(u32)
BT_DEFINE_UNSIGNED(u64)
BT_DEFINE_SIGNED(i8, u8)
BT_DEFINE_SIGNED(i16, u16)
BT_DEFINE_SIGNED(i32, u32)
BT_DEFINE_SIGNED(i64, u64)

BT_FUNCTION u32 bt_clz_u32(u32 v) { return v == 0 ? 32 : (u32)__builtin_clz(v); }
BT_FUNCTION u32 bt_clz_u64(u64 v) { return v == 0 ? 64 : (u32)__builtin_clzll(v); }
BT_FUNCTION u32 bt_ctz_u32(u32 v) { return v == 0 ? 32 : (u32)__builtin_ctz(v); }
BT_FUNCTION u32 bt_ctz_u64(u64 v) { return v == 0 ? 64 : (u32)__builtin_ctzll(v); }
// Without the popcnt instruction GCC would call a function of libgcc, which freestanding programs do not have.
BT_FUNCTION u32 bt_popcount_u64(u64 v) {
  v = v - ((v >> 1) & 0x5555555555555555ull);
  v = (v & 0x3333333333333333ull) + ((v >> 2) & 0x3333333333333333ull);
  v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0full;
  return (u32)((v * 0x0101010101010101ull) >> 56);
}
BT_FUNCTION u32 bt_popcount_u32(u32 v) { return bt_popcount_u64(v); }
BT_FUNCTION u64 bt_mul_high(u64 a, u64 b) { return (u64)(((unsigned __int128)a * b) >> 64); }
BT_FUNCTION u64 bt_mul_shift(u64 a, u64 b, u32 shift) { return (u64)(((unsigned __int128)a * b) >> (shift & 127)); }

#if defined(__SSE2__)
// Truncation towards zero; saturating; NaN gives 0.
#define BT_DEFINE_FROM_FLOAT(type, low, high, min, max) \
  BT_FUNCTION type bt_f64_to_##type(f64 v) { \
    if (v != v) return 0; \
    if (v <= (low)) return (min); \
    if (v >= (high)) return (max); \
    return (type)v; \
  }
BT_FUNCTION u64 bt_bits_of_f64(f64 v) {
  u64 bits;
  __builtin_memcpy(&bits, &v, 8);
  return bits;
}
BT_FUNCTION f64 bt_f64_of_bits(u64 bits) {
  f64 v;
  __builtin_memcpy(&v, &bits, 8);
  return v;
}
BT_FUNCTION f64 bt_square_root(f64 v) {
  __asm__("sqrtsd %1, %0" : "=x"(v) : "x"(v));
  return v;
}
BT_DEFINE_FROM_FLOAT(u8, 0.0, 255.0, 0, 255)
BT_DEFINE_FROM_FLOAT(u16, 0.0, 65535.0, 0, 65535)
BT_DEFINE_FROM_FLOAT(u32, 0.0, 4294967295.0, 0, 4294967295u)
BT_DEFINE_FROM_FLOAT(u64, 0.0, 18446744073709551616.0, 0, 18446744073709551615ull)
BT_DEFINE_FROM_FLOAT(i8, -128.0, 127.0, -128, 127)
BT_DEFINE_FROM_FLOAT(i16, -32768.0, 32767.0, -32768, 32767)
BT_DEFINE_FROM_FLOAT(i32, -2147483648.0, 2147483647.0, -2147483647 - 1, 2147483647)
BT_DEFINE_FROM_FLOAT(i64, -9223372036854775808.0, 9223372036854775808.0, -9223372036854775807ll - 1, 9223372036854775807ll)
#endif

// --- Atomics --------------------------------------------------------------------------------------------------------------

#define BT_COMPARE_EXCHANGE(place, expected, desired, order, failure) \
  ({ \
    __typeof__(*(place)) bt_e = (expected); \
    (bool)__atomic_compare_exchange_n((place), &bt_e, (desired), 0, order, failure); \
  })

// --- Text -----------------------------------------------------------------------------------------------------------------

BT_FUNCTION bool bt_string_equal(bt_string a, bt_string b) {
  return a.length == b.length && (a.length == 0 || __builtin_memcmp(a.data, b.data, a.length) == 0);
}

/** Text grows in `data`; what exceeds the capacity is dropped, which compile-time sizes rule out. */
typedef struct bt_format {
  u8 *data;
  u64 length;
  u64 capacity;
} bt_format;

BT_FUNCTION void bt_format_char(bt_format *f, u8 c) {
  if (f->length < f->capacity) f->data[f->length++] = c;
}
BT_FUNCTION void bt_format_string(bt_format *f, bt_string s, u64 limit) {
  u64 n = s.length < limit ? s.length : limit;
  for (u64 i = 0; i < n; i++) bt_format_char(f, s.data[i]);
}
BT_FUNCTION void bt_format_hex(bt_format *f, u64 v) {
  u32 digits = v == 0 ? 1 : (67 - (u32)__builtin_clzll(v)) / 4;
  bt_format_char(f, '0');
  bt_format_char(f, 'x');
  while (digits-- > 0) bt_format_char(f, "0123456789abcdef"[(v >> (4 * digits)) & 15]);
}
BT_FUNCTION void bt_format_u64(bt_format *f, u64 v, u32 least) {
  u8 digits[64];
  u32 n = 0;
  do digits[n++] = (u8)('0' + v % 10);
  while ((v /= 10) != 0);
  while (least > n) {
    bt_format_char(f, '0');
    least--;
  }
  while (n > 0) bt_format_char(f, digits[--n]);
}
BT_FUNCTION void bt_format_i64(bt_format *f, i64 v, u32 least) {
  if (v < 0) bt_format_char(f, '-');
  bt_format_u64(f, v < 0 ? 0 - (u64)v : (u64)v, least);
}

#include "bt-target.h"

#endif
