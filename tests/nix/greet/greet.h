#ifndef GREET_H
#define GREET_H

/* A library small enough to see through, for the tests and the demo. */
const char *greet(void);
int greet_count(int step);
extern int greet_total; /* data: programs copy it */

#endif
