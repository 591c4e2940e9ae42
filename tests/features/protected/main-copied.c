//# link: libx.so
//# link-error: guarded

extern int guarded;

int main(void) { return guarded; }
