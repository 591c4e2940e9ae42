int other(void) { return 0; }
int perform(void) { return 0; }
