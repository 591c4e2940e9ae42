int zero_data[100];
int apple(void) { return 1; }
int mango_data = 2;
