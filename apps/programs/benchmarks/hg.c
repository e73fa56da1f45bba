/*
 * hourglass: how long is this thread kept from running? It reads the time-stamp counter as fast as it can; between two reads lie a
 * few cycles, unless something else had the processor. Every distance is a gap; those at the threshold or above are noise.
 *
 *     -h           help                         -c           show cycles instead of nanoseconds
 *     -d N[m|h]    for N seconds (minutes,      -b N         bins of the histogram (default 50)
 *                  hours; default 4)            -t N         threshold in cycles (default: 10 times the shortest gap)
 *     -r hist      show a histogram of the gaps at the threshold or above
 *     -r list      show when each of them began and how long it was
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define DEFAULT_SECONDS 4
#define DEFAULT_BINS 50
#define MAX_BINS 10000
#define MAX_SECONDS (7 * 24 * 3600)
#define DEFAULT_THRESHOLD_FACTOR 10
#define CALIBRATION_READS 100000
#define CALIBRATION_NS 50000000
/* Gaps that are kept; beyond them only the counts go on. */
#define MAX_LISTED 65536

enum report { REPORT_NONE, REPORT_HISTOGRAM, REPORT_LIST };

struct options {
	long seconds;
	enum report report;
	int in_cycles;
	long bins;
	uint64_t threshold;
};

struct gap {
	uint64_t at;
	uint64_t length;
};

struct measurement {
	uint64_t start;
	uint64_t loops;
	uint64_t shortest;
	uint64_t longest;
	uint64_t total;
	uint64_t noisy;
	size_t listed;
	struct gap *gaps;
};

static void usage(FILE *stream)
{
	fprintf(stream, "usage: hg [-h] [-d N[m|h]] [-r hist|list] [-c] [-b BINS] [-t THRESHOLD]\n"
			"  -d  how long to measure: seconds, minutes with m, hours with h (default %d)\n"
			"  -r  show the gaps at the threshold or above as a histogram or a list\n"
			"  -c  show cycles instead of nanoseconds\n"
			"  -b  bins of the histogram (default %d)\n"
			"  -t  threshold in cycles (default: %d times the shortest gap)\n",
		DEFAULT_SECONDS, DEFAULT_BINS, DEFAULT_THRESHOLD_FACTOR);
}

static int parse_number(const char *text, long smallest, long largest, const char *suffixes, long *number)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || value < smallest || value > largest)
		return 0;
	if (*end != '\0' && strchr(suffixes, *end) != NULL && end[1] == '\0') {
		value *= *end == 'm' ? 60 : 3600;
		end++;
	}
	*number = value;
	return *end == '\0' && value <= largest;
}

static int parse_report(const char *text, enum report *report)
{
	*report = strcmp(text, "hist") == 0 ? REPORT_HISTOGRAM : REPORT_LIST;
	return strcmp(text, "hist") == 0 || strcmp(text, "list") == 0;
}

static int parse_options(int argc, char **argv, struct options *options)
{
	int option, ok = 1;
	long threshold;

	while (ok && (option = getopt(argc, argv, "hd:r:cb:t:")) != -1) {
		switch (option) {
		case 'h':
			usage(stdout);
			exit(0);
		case 'd':
			ok = parse_number(optarg, 1, MAX_SECONDS, "mh", &options->seconds);
			break;
		case 'r':
			ok = parse_report(optarg, &options->report);
			break;
		case 'c':
			options->in_cycles = 1;
			break;
		case 'b':
			ok = parse_number(optarg, 1, MAX_BINS, "", &options->bins);
			break;
		case 't':
			ok = parse_number(optarg, 1, INT32_MAX, "", &threshold);
			options->threshold = (uint64_t)threshold;
			break;
		default:
			ok = 0;
		}
	}
	return ok && optind == argc;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t ticks_per_second(void)
{
	uint64_t start_ns = now_ns(), start = __rdtsc(), ns;

	do
		ns = now_ns() - start_ns;
	while (ns < CALIBRATION_NS);
	return (uint64_t)((double)(__rdtsc() - start) * 1e9 / (double)ns);
}

static uint64_t shortest_gap(void)
{
	uint64_t shortest = UINT64_MAX, last = __rdtsc();

	for (int i = 0; i < CALIBRATION_READS; i++) {
		uint64_t now = __rdtsc();

		if (now - last < shortest)
			shortest = now - last;
		last = now;
	}
	return shortest > 0 ? shortest : 1;
}

static void measure(struct measurement *seen, uint64_t ticks, uint64_t threshold)
{
	uint64_t last = __rdtsc(), end = last + ticks;

	seen->start = last;
	seen->shortest = UINT64_MAX;
	while (last < end) {
		uint64_t now = __rdtsc(), gap = now - last;

		if (gap < seen->shortest)
			seen->shortest = gap;
		if (gap > seen->longest)
			seen->longest = gap;
		if (gap >= threshold) {
			if (seen->listed < MAX_LISTED)
				seen->gaps[seen->listed++] = (struct gap){last - seen->start, gap};
			seen->noisy++;
		}
		seen->loops++;
		last = now;
	}
	seen->total = last - seen->start;
}

static double shown(const struct options *options, uint64_t cycles, uint64_t tps)
{
	return options->in_cycles ? (double)cycles : (double)cycles * 1e9 / (double)tps;
}

static void print_histogram(const struct options *options, const struct measurement *seen, uint64_t tps)
{
	uint64_t counts[MAX_BINS] = {0};
	uint64_t width = (seen->longest - options->threshold) / (uint64_t)options->bins + 1;

	for (size_t i = 0; i < seen->listed; i++)
		counts[(seen->gaps[i].length - options->threshold) / width]++;
	for (long bin = 0; bin < options->bins; bin++)
		printf("%.0f\t%lu\n", shown(options, options->threshold + (uint64_t)bin * width, tps),
		       (unsigned long)counts[bin]);
}

static void print_list(const struct options *options, const struct measurement *seen, uint64_t tps)
{
	for (size_t i = 0; i < seen->listed; i++)
		printf("%.0f\t%.0f\n", shown(options, seen->gaps[i].at, tps), shown(options, seen->gaps[i].length, tps));
}

static void print_result(const struct options *options, const struct measurement *seen, uint64_t tps)
{
	const char *unit = options->in_cycles ? "cycles" : "ns";

	printf("tps       : %lu\n", (unsigned long)tps);
	printf("secs      : %ld\n", options->seconds);
	printf("threshold : %lu cycles\n", (unsigned long)options->threshold);
	printf("# loops   : %lu\n", (unsigned long)seen->loops);
	printf("# gaps    : %lu\n", (unsigned long)seen->noisy);
	printf("Min       : %.0f %s\n", shown(options, seen->shortest, tps), unit);
	printf("Avg       : %.1f %s\n", shown(options, seen->total, tps) / (double)seen->loops, unit);
	printf("Max       : %.0f %s\n", shown(options, seen->longest, tps), unit);
	if (options->report == REPORT_HISTOGRAM && seen->listed > 0)
		print_histogram(options, seen, tps);
	if (options->report == REPORT_LIST)
		print_list(options, seen, tps);
}

int main(int argc, char **argv)
{
	struct options options = {DEFAULT_SECONDS, REPORT_NONE, 0, DEFAULT_BINS, 0};
	struct measurement seen = {0};
	uint64_t tps;

	if (!parse_options(argc, argv, &options)) {
		usage(stderr);
		return 1;
	}
	seen.gaps = malloc(MAX_LISTED * sizeof(*seen.gaps));
	if (seen.gaps == NULL) {
		fprintf(stderr, "hg: no memory for the list of gaps\n");
		return 1;
	}
	/* Touched before, so that the measurement does not find its own page faults. */
	memset(seen.gaps, 1, MAX_LISTED * sizeof(*seen.gaps));
	tps = ticks_per_second();
	if (options.threshold == 0)
		options.threshold = DEFAULT_THRESHOLD_FACTOR * shortest_gap();
	measure(&seen, (uint64_t)options.seconds * tps, options.threshold);
	print_result(&options, &seen, tps);
	free(seen.gaps);
	return 0;
}
