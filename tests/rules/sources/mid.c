int dep(void);
int mid(void) { return dep() + 1; }
