/* Asking for the linker's own symbols makes it define and, without a version
 * script, export them. */
extern char _end[], __bss_start[], _edata[], _etext[];
int end = 3;
char *const ends[] = { _end, __bss_start, _edata, _etext };
int function(void) { return ends[0] != ends[1]; }
__asm__(".section .init,\"ax\",@progbits\n.globl _init\n.type _init,@function\n_init: ret\n"
        ".section .fini,\"ax\",@progbits\n.globl _fini\n.type _fini,@function\n_fini: ret\n"
        ".previous\n");
