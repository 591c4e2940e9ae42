int original = 7;
extern int also __attribute__((alias("original")));
extern int weakly __attribute__((weak, alias("original")));
int neighbour = 1;
void add(void) { original += 1; neighbour += 10; }
