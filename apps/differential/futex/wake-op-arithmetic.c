/* FUTEX_WAKE_OP changes the second word by each of its operations. */
#include "futex.h"

static futex_word first, second;

static void change(const char *name, uint32_t start, uint32_t encoded)
{
	atomic_store(&second, start);
	errno = 0;
	long result = futex(&first, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, 1, &second, encoded);
	printf("%s: %ld %s, the word is 0x%x\n", name, result, error_name(errno), (unsigned)atomic_load(&second));
}

int main(void)
{
	change("set", 9, WAKE_OP(OP_SET, 5, CMP_EQ, 0));
	change("add", 9, WAKE_OP(OP_ADD, 5, CMP_EQ, 0));
	change("add of -1", 9, WAKE_OP(OP_ADD, -1, CMP_EQ, 0));
	change("or", 9, WAKE_OP(OP_OR, 6, CMP_EQ, 0));
	change("and not", 0xff, WAKE_OP(OP_ANDN, 0xf, CMP_EQ, 0));
	change("xor", 0xff, WAKE_OP(OP_XOR, 0xf, CMP_EQ, 0));
	change("or of a shifted one", 1, WAKE_OP(OP_OR | OP_ARG_SHIFT, 12, CMP_EQ, 0));
	change("an unknown operation", 1, WAKE_OP(6, 1, CMP_EQ, 0));
	change("an unknown comparison", 1, WAKE_OP(OP_SET, 1, 6, 0));
	change("set to the greatest", 1, WAKE_OP(OP_SET, 0x7ff, CMP_EQ, 0));
	CALL(futex(&first, FUTEX_WAKE_OP, 1, 1, (futex_word *)16, 0));
	return 0;
}
