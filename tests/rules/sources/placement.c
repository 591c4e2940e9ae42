extern int data;
const int read_only[4] = { 1, 2, 3, 4 };
int *const rel_ro[2] = { &data, &data };
__attribute__((section(".jcr"))) int *other_relro = &data;
int data = 5;
int zero[4];
_Thread_local int thread = 6;
_Thread_local int thread_zero[4];
__attribute__((section(".bss.rel.ro"))) int relro_zero[4];
__asm__(".globl absolute\nabsolute = 0x1234\n");
int function(void) { return data; }
