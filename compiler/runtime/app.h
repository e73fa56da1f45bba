// The runtime of the application profile that has to be C: literals, checks that name the program's line, ToInt32.
// Everything else is TypeScript in std/app/.

/** UTF-16 units and their number. A string without units (data is NULL) stands for undefined where a value may be undefined. */
typedef struct bt_text {
  u16 *data;
  u64 length;
} bt_text;
#define BT_TEXT(units, count) ((bt_text){ (u16 *)(units), (count) })
#define BT_NO_TEXT ((bt_text){ NULL, 0 })

/** A string as a slice of its units, and back. */
#define BT_UNITS(text) \
  ({ \
    bt_text s_ = (text); \
    (slice_u16){ s_.data, s_.length }; \
  })
#define BT_TEXT_OF(units) \
  ({ \
    slice_u16 s_ = (units); \
    (bt_text){ s_.data, s_.length }; \
  })

#define BT_OUT_OF_RANGE "the index lies outside the array"

/** A natural number below `length` as an index; NaN and fractions are none. */
#define BT_INDEX_F64(i, length, why) \
  ({ \
    f64 d_ = (i); \
    if (BT_UNLIKELY(!(d_ >= 0.0 && d_ < (f64)(i64)(length)))) BT_PANIC(why); \
    u64 n_ = (u64)(i64)d_; \
    if (BT_UNLIKELY((f64)(i64)n_ != d_)) BT_PANIC("the index is not a whole number"); \
    n_; \
  })
#define BT_INDEX_INT(i, length, why) \
  ({ \
    u64 n_ = (i); \
    if (BT_UNLIKELY(n_ >= (length))) BT_PANIC(why); \
    n_; \
  })
#define BT_LIST_INDEX(list, i) BT_INDEX_INT(i, (list)->length, BT_OUT_OF_RANGE)
#define BT_LIST_INDEX_F64(list, i) BT_INDEX_F64(i, (list)->length, BT_OUT_OF_RANGE)
/** An element as a C lvalue. */
#define BT_LIST_AT(list, i) \
  (*({ \
    __typeof__(list) l_ = (list); \
    u64 x_ = BT_LIST_INDEX(l_, i); \
    l_->data + x_; \
  }))
#define BT_LIST_AT_F64(list, i) \
  (*({ \
    __typeof__(list) l_ = (list); \
    u64 x_ = BT_LIST_INDEX_F64(l_, i); \
    l_->data + x_; \
  }))
/** The place for an element that is stored: a new one right behind the end, too. */
#define BT_LIST_SLOT(list, i, grow) \
  (*({ \
    __typeof__(list) l_ = (list); \
    u64 x_ = BT_INDEX_INT(i, (u64)l_->length + 1, "the index lies beyond the end of the array"); \
    if (BT_UNLIKELY(x_ == l_->length)) grow(l_); \
    l_->data + x_; \
  }))
#define BT_LIST_SLOT_F64(list, i, grow) \
  (*({ \
    __typeof__(list) l_ = (list); \
    u64 x_ = BT_INDEX_F64(i, (u64)l_->length + 1, "the index lies beyond the end of the array"); \
    if (BT_UNLIKELY(x_ == l_->length)) grow(l_); \
    l_->data + x_; \
  }))
#define BT_TEXT_AT(text, i) \
  ({ \
    bt_text s_ = (text); \
    u64 x_ = BT_INDEX_INT(i, s_.length, "the index lies outside the string"); \
    (bt_text){ s_.data + x_, 1 }; \
  })
#define BT_TEXT_AT_F64(text, i) \
  ({ \
    bt_text s_ = (text); \
    u64 x_ = BT_INDEX_F64(i, s_.length, "the index lies outside the string"); \
    (bt_text){ s_.data + x_, 1 }; \
  })
#define BT_DEFINED(value, present) \
  ({ \
    __typeof__(value) v_ = (value); \
    if (BT_UNLIKELY(!(present))) BT_PANIC("undefined where a value was asserted"); \
    v_; \
  })
#define BT_READY(place, ready, name) \
  ({ \
    if (BT_UNLIKELY(!(ready))) BT_PANIC("'" name "' is used before it has a value"); \
    (place); \
  })
/** The length of a new typed array. */
#define BT_LENGTH(n) \
  ({ \
    f64 d_ = (n); \
    if (BT_UNLIKELY(!(d_ >= 0.0 && d_ <= 4294967295.0 && (f64)(i64)d_ == d_))) BT_PANIC("not a length of an array"); \
    d_; \
  })
/** A number of bytes or elements of a buffer: at most 2^53, JavaScript's own limit of exact numbers. */
#define BT_BYTES(n) \
  ({ \
    f64 d_ = (n); \
    if (BT_UNLIKELY(!(d_ >= 0.0 && d_ <= 9007199254740992.0 && (f64)(i64)d_ == d_))) BT_PANIC("not a length or place in a buffer"); \
    d_; \
  })
#define BT_CHECKED_RANGE(value, low, high, why) \
  ({ \
    f64 d_ = (value); \
    if (BT_UNLIKELY(!(d_ >= (low) && d_ <= (high)))) BT_PANIC(why); \
    d_; \
  })

// --- Tests before a loop (compiler/src/app/counted-loops.ts): sums of a few parts, and of a factor times the counter, stay exact.

#define BT_PART 0x1p50
#define BT_FACTOR 0x1p20

// Without branches: a C compiler that has to guess how often a loop behind many of them runs takes it for a rare one.

/** A whole number of at most `most`, -0 excepted, which counts as a fraction here. */
BT_FUNCTION bool bt_whole(f64 d, f64 most, i64 *n) {
  *n = (i64)d;
  return (d >= -most) & (d <= most) & ((f64)*n == d) & ((*n != 0) | !__builtin_signbit(d));
}
/** The first number of the counter, and the one behind its last. */
BT_FUNCTION bool bt_loop_limits(f64 start, f64 limit, bool inclusive, i64 *from, i64 *to) {
  i64 n = (i64)limit;
  i64 below = n - ((f64)n > limit);
  *to = below + (inclusive | ((f64)below < limit));
  return bt_whole(start, BT_PART, from) & (limit >= -BT_PART) & (limit <= BT_PART);
}
/** Whether counter * factor + offset lies in [0, length) for all counters in [from, to). */
BT_FUNCTION bool bt_inside(i64 from, i64 to, i64 factor, i64 offset, u64 length) {
  i64 first = from * factor + offset, last = (to - 1) * factor + offset;
  bool exact = factor == 1 || factor == 0 || ((from >= -0x7fffffff) & (to <= 0x7fffffff));
  return (from < to) & exact & ((u64)first < length) & ((u64)last < length);
}

/** ECMA-262 7.1.6 ToInt32: modulo 2^32, NaN and the infinities give 0. */
BT_FUNCTION i32 bt_to_int32(f64 d) {
  if (BT_LIKELY(d >= -2147483648.0 && d <= 2147483647.0)) return (i32)d;
  u64 bits = (union { f64 d; u64 u; }){ .d = d }.u;
  i32 exponent = (i32)((bits >> 52) & 0x7ff) - 1075;
  u64 significand = (bits & 0xfffffffffffffull) | 0x10000000000000ull;
  if (exponent > 31 || exponent < -63) return 0;
  u32 low = exponent >= 0 ? (u32)(significand << exponent) : (u32)(significand >> -exponent);
  return (i32)((bits >> 63) != 0 ? 0u - low : low);
}
/** SameValueZero: NaN is itself, the zeros are one. */
BT_FUNCTION bool bt_same_number(f64 a, f64 b) { return a == b || (a != a && b != b); }
BT_FUNCTION bool bt_text_equal(bt_text a, bt_text b) {
  return a.length == b.length && (a.data == b.data || __builtin_memcmp(a.data, b.data, a.length * 2) == 0);
}
/** 2 where a surrogate pair begins, otherwise 1. */
BT_FUNCTION u64 bt_text_point_width(bt_text s, u64 i) {
  if ((s.data[i] & 0xfc00) != 0xd800 || i + 1 >= s.length) return 1;
  return (s.data[i + 1] & 0xfc00) == 0xdc00 ? 2 : 1;
}
