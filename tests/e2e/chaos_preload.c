/* Loaded before libc into a server that the chaos drill disturbs. The file named by CHAOS_FAULTS
   holds two doubles that may change at any time: seconds by which the wall clock is wrong, and
   seconds that each flush to disk takes longer. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile double *faults;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CHAOS_FAULTS");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *seen = file < 0 ? MAP_FAILED : mmap(0, 2 * sizeof(double), PROT_READ, MAP_SHARED, file, 0);
  if (file >= 0) close(file);
  if (seen != MAP_FAILED) faults = seen;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  long failed = syscall(SYS_clock_gettime, clock, now);
  if (failed || clock != CLOCK_REALTIME || !faults) return failed;
  double wrong = faults[0];
  long seconds = (long)wrong;
  now->tv_sec += seconds;
  now->tv_nsec += (long)((wrong - seconds) * 1e9);
  if (now->tv_nsec >= 1000000000L) now->tv_sec++, now->tv_nsec -= 1000000000L;
  if (now->tv_nsec < 0) now->tv_sec--, now->tv_nsec += 1000000000L;
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  int failed = clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return failed;
}

time_t time(time_t *place) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (place) *place = exact.tv_sec;
  return exact.tv_sec;
}

static void wait_for_disk(void) {
  if (faults && faults[1] > 0) usleep((useconds_t)(faults[1] * 1e6));
}

int fsync(int file) {
  wait_for_disk();
  return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
  wait_for_disk();
  return (int)syscall(SYS_fdatasync, file);
}
