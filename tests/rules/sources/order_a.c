int zebra(void) { return 1; }
int apple_data = 1;
const int melon_ro = 2;
