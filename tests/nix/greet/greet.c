#include "greet.h"

/* PATCH changes what the library does, EXTRA what it offers. */
#ifndef PATCH
#define PATCH 0
#endif

int greet_total = 1 + PATCH;

static int clamp(int value) {
#if PATCH
  if (value > 1000000)
    return 1000000; /* the fix */
#endif
  return value;
}

const char *greet(void) {
  return PATCH ? "hello from the patched library" : "hello from the library";
}

int greet_count(int step) {
  greet_total = clamp(greet_total + step);
  return greet_total;
}

#ifdef EXTRA
int greet_extra(void) { return 42; }
#endif
