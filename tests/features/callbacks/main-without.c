//# link: libx.so
//# link-error: callback
//# not-with[mold]: it does not check what libraries want

int perform(void);

int main(void) { return perform(); }
