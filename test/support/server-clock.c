/*
 * Preloaded into a Redis: the time of day that it sees is off by so many microseconds as the file named by CLOCK_OFFSET_FILE says, from
 * one moment to the next. Clocks that only go on are left alone, as they are when somebody sets the time of a machine.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *offset_us;

static void __attribute__((constructor)) open_offset(void) {
  const char *path = getenv("CLOCK_OFFSET_FILE");
  int file = path ? open(path, O_RDONLY) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) offset_us = mapped;
  close(file);
}

static long long now_ns(void) {
  struct timespec real;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &real);
  return real.tv_sec * 1000000000LL + real.tv_nsec + (offset_us ? *offset_us * 1000LL : 0);
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  long long now = now_ns();
  (void)zone;
  at->tv_sec = now / 1000000000;
  at->tv_usec = now % 1000000000 / 1000;
  return 0;
}

time_t time(time_t *at) {
  time_t now = now_ns() / 1000000000;
  if (at) *at = now;
  return now;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  if (clock != CLOCK_REALTIME) return syscall(SYS_clock_gettime, clock, at);
  long long now = now_ns();
  at->tv_sec = now / 1000000000;
  at->tv_nsec = now % 1000000000;
  return 0;
}
