__attribute__((visibility("protected"))) int guarded = 5;
int open_to_all = 4;
int get(void) { return guarded + open_to_all; }
