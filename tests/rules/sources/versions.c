int first(void) { return 1; }
int second(void) { return 2; }
int only_old(void) { return 3; }
int plain(void) { return 4; }
int table_old[2] = { 5, 5 };
int table_new[4] = { 6, 6, 6, 6 };
__asm__(".symver first, both@OLD");
__asm__(".symver second, both@@NEW");
__asm__(".symver only_old, gone@OLD");
__asm__(".symver table_old, table@OLD");
__asm__(".symver table_new, table@@NEW");
