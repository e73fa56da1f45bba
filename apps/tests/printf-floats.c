/*
 * Conversions of floating-point numbers both ways: they use SSE, x87 and, in libc, multi-precision integers.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	volatile double third = 1.0 / 3.0, zero = 0.0;
	volatile long double precise = 2.0L;
	float single = 16777216.0f;

	printf("%f %e %g %a\n", third, third, third, third);
	printf("%.17g %.17g %.17g\n", DBL_MAX, DBL_MIN, 4.9406564584124654e-324);
	printf("%f %f %f %f\n", 1.0 / zero, -1.0 / zero, 0.0 * zero, -zero);
	printf("%.1f %.0f %.0f %.0f %.0f\n", 0.25, 0.5, 1.5, 2.5, 1e22);
	printf("%Lf %.20Lg %La\n", precise / 3, sqrtl(precise), precise * 5 / 16);
	printf("%g %g %.9g\n", (double)single, (double)(single + 1), (double)0.1f);
	printf("%.60f\n", 0.1);
	printf("%.10g %.10g %.10g %.10g\n", sin(1.0), exp(1.0), log(10.0), pow(2.0, 0.5));
	printf("%.17g %.17g\n", strtod("2.2250738585072011e-308", NULL), strtod("0x1.8p-1074", NULL));
	printf("%d %u %lld %llu %x %o\n", -1, 4294967295u, -9223372036854775807LL - 1, 18446744073709551615ULL, 0xbeefu, 0755u);
	printf("%ld %ld %ld\n", lrint(2.5), lrint(3.5), lrint(-2.5));
	return 0;
}
