#ifndef CHORUS_H
#define CHORUS_H
#include <greet.h>
const char *chorus(int step);
#endif
