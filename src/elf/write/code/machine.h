/* What differs between machines: system calls, dynamic relocations, and how
 * flat code that runs at any address finds what stands beside it.
 */
typedef unsigned long size;

#if defined __x86_64__
enum { SYS_write = 1, SYS_open = 2, SYS_read = 0, SYS_close = 3, SYS_writev = 20, SYS_getpid = 39, SYS_kill = 62, SYS_exit = 231 };
enum { R_COPY = 5 };
static inline long call(long n, long a, long b, long c, long d)
{
    register long r10 __asm__("r10") = d;
    long r;
    __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return r;
}
#elif defined __i386__
enum { SYS_write = 4, SYS_open = 5, SYS_read = 3, SYS_close = 6, SYS_writev = 146, SYS_getpid = 20, SYS_kill = 37, SYS_exit = 252 };
enum { R_COPY = 5 };
static inline long call(long n, long a, long b, long c, long d)
{
    long r;
    __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
    return r;
}
#elif defined __aarch64__
enum { SYS_write = 64, SYS_openat = 56, SYS_read = 63, SYS_close = 57, SYS_writev = 66, SYS_getpid = 172, SYS_kill = 129, SYS_exit = 94 };
enum { R_COPY = 1024 };
static inline long call(long n, long a, long b, long c, long d)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
#elif defined __arm__
enum { SYS_write = 4, SYS_open = 5, SYS_read = 3, SYS_close = 6, SYS_writev = 146, SYS_getpid = 20, SYS_kill = 37, SYS_exit = 248 };
enum { R_COPY = 20 };
static inline long call(long n, long a, long b, long c, long d)
{
    register long r7 __asm__("r7") = n;
    register long r0 __asm__("r0") = a;
    register long r1 __asm__("r1") = b;
    register long r2 __asm__("r2") = c;
    register long r3 __asm__("r3") = d;
    __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3) : "memory");
    return r0;
}
#elif defined __riscv
enum { SYS_write = 64, SYS_openat = 56, SYS_read = 63, SYS_close = 57, SYS_writev = 66, SYS_getpid = 172, SYS_kill = 129, SYS_exit = 94 };
enum { R_COPY = 4 };
static inline long call(long n, long a, long b, long c, long d)
{
    register long a7 __asm__("a7") = n;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
    return a0;
}
#elif defined __powerpc64__
enum { SYS_write = 4, SYS_open = 5, SYS_read = 3, SYS_close = 6, SYS_writev = 146, SYS_getpid = 20, SYS_kill = 37, SYS_exit = 234 };
enum { R_COPY = 19 };
static inline long call(long n, long a, long b, long c, long d)
{
    register long r0 __asm__("r0") = n;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    register long r6 __asm__("r6") = d;
    /* The summary overflow bit tells an error from a result. */
    __asm__ volatile("sc; bns+ 1f; neg 3, 3; 1:"
        : "+r"(r3), "+r"(r0), "+r"(r4), "+r"(r5), "+r"(r6)
        : : "cr0", "ctr", "memory", "r7", "r8", "r9", "r10", "r11", "r12");
    return r3;
}
#elif defined __s390x__
enum { SYS_write = 4, SYS_open = 5, SYS_read = 3, SYS_close = 6, SYS_writev = 146, SYS_getpid = 20, SYS_kill = 37, SYS_exit = 248 };
enum { R_COPY = 9 };
static inline long call(long n, long a, long b, long c, long d)
{
    register long r1 __asm__("r1") = n;
    register long r2 __asm__("r2") = a;
    register long r3 __asm__("r3") = b;
    register long r4 __asm__("r4") = c;
    register long r5 __asm__("r5") = d;
    __asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4), "d"(r5) : "memory");
    return r2;
}
#elif defined __loongarch64
enum { SYS_write = 64, SYS_openat = 56, SYS_read = 63, SYS_close = 57, SYS_writev = 66, SYS_getpid = 172, SYS_kill = 129, SYS_exit = 94 };
enum { R_COPY = 4 };
static inline long call(long n, long a, long b, long c, long d)
{
    register long a7 __asm__("$a7") = n;
    register long a0 __asm__("$a0") = a;
    register long a1 __asm__("$a1") = b;
    register long a2 __asm__("$a2") = c;
    register long a3 __asm__("$a3") = d;
    __asm__ volatile("syscall 0" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3)
        : "memory", "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8");
    return a0;
}
#else
#error "no system calls known for this machine"
#endif

enum { O_WRONLY = 1, O_CREAT = 0100, O_APPEND = 02000, STDERR = 2, SIGABRT = 6 };

static inline long open_file(const char *path, long flags)
{
#if defined __aarch64__ || defined __riscv || defined __loongarch64
    enum { AT_FDCWD = -100 };
    return call(SYS_openat, AT_FDCWD, (long)path, flags, 0644);
#else
    return call(SYS_open, (long)path, flags, 0644, 0);
#endif
}


/* Where a symbol is, in this process: PLACE(symbol), once PLACED(symbol) stands
 * somewhere above and NAMED(symbol) at its definition. */
#if defined __powerpc64__
/* The compiler would go through the table of contents, which isn't there. */
#define PLACED(symbol) \
    static inline const void *place_of_##symbol(void) \
    { \
        const char *found; \
        __asm__("bcl 20, 31, 1f\n1: mflr %0\n" \
                "addis %0, %0, " #symbol " - 1b@ha\naddi %0, %0, " #symbol " - 1b@l" \
            : "=b"(found) : : "lr"); \
        return found; \
    }
#elif defined __loongarch64
/* The compiler would take addresses by page, and the code may lie anywhere in
 * one. It is linked at 0, so that an address there is an offset here. */
#define PLACED(symbol) \
    static inline const void *place_of_##symbol(void) \
    { \
        const char *found, *offset; \
        __asm__("1: pcaddi %0, 0\n ori %1, $zero, %%abs_lo12(1b)\n sub.d %0, %0, %1\n" \
                "ori %1, $zero, %%abs_lo12(" #symbol ")\n add.d %0, %0, %1" \
            : "=&r"(found), "=&r"(offset)); \
        return found; \
    }
#endif
#ifdef PLACED
#define PLACE(symbol) ((__typeof__(&(symbol)[0]))place_of_##symbol())
#define NAMED(symbol) __asm__(#symbol) __attribute__((used))
#else
#define PLACED(symbol)
#define PLACE(symbol) (symbol)
#define NAMED(symbol)
#endif
