#include "chorus.h"

/* A library on top of a library, which its header names. */
const char *chorus(int step) {
  return greet_count(step) > 0 ? greet() : "";
}
