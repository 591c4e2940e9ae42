int first(void) { return 1; }
int second(void) { return 2; }
int third(void) { return 3; }
__asm__(".symver first, called@");
__asm__(".symver second, called@OLD");
__asm__(".symver third, called@@NEW");
