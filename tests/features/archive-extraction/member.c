int member(void) { return 6; }
