//# link: libx.so
//# link-error: gone

int gone(void);
int here(void);

int main(void) { return gone() + here(); }
