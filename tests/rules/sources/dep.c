int dep(void) { return 1; }
