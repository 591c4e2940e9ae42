#include "zlib.h"

const char *zlibVersion(void) { return "1.0"; }

unsigned long adler32(unsigned long adler, const unsigned char *data, unsigned length) {
  unsigned long low = adler & 0xffff, high = adler >> 16;
  for (unsigned i = 0; i < length; i++) {
    low = (low + data[i]) % 65521;
    high = (high + low) % 65521;
  }
  return high << 16 | low;
}
