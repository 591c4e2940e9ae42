/* As much of zlib as a check needs that links one program. */
const char *zlibVersion(void);
unsigned long adler32(unsigned long adler, const unsigned char *data, unsigned length);
