/* What a stub does when it is called: says so, and aborts.
 *
 * Nothing may be assumed here: no C library, no data that can be written, no
 * stack protector, no registers but those of a call. Everything is in one flat
 * piece of code that runs at any address; its message follows it in the file.
 * build.sh compiles it for each machine into the files beside it.
 *
 * The environment is read from /proc, since a function doesn't get it: when
 * STUB_BUILDER_LOG names a file, the message is appended to it too, so that a
 * call which a configure check swallowed doesn't stay unseen.
 */
typedef unsigned long size;

#if defined __x86_64__
enum { SYS_write = 1, SYS_open = 2, SYS_read = 0, SYS_getpid = 39, SYS_kill = 62, SYS_exit = 231 };
static inline long call(long n, long a, long b, long c, long d)
{
    register long r10 __asm__("r10") = d;
    long r;
    __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return r;
}
#elif defined __i386__
enum { SYS_write = 4, SYS_open = 5, SYS_read = 3, SYS_getpid = 20, SYS_kill = 37, SYS_exit = 252 };
static inline long call(long n, long a, long b, long c, long d)
{
    long r;
    __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
    return r;
}
#elif defined __aarch64__
enum { SYS_write = 64, SYS_openat = 56, SYS_read = 63, SYS_getpid = 172, SYS_kill = 129, SYS_exit = 94 };
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
enum { SYS_write = 4, SYS_open = 5, SYS_read = 3, SYS_getpid = 20, SYS_kill = 37, SYS_exit = 248 };
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
enum { SYS_write = 64, SYS_openat = 56, SYS_read = 63, SYS_getpid = 172, SYS_kill = 129, SYS_exit = 94 };
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
enum { SYS_write = 4, SYS_open = 5, SYS_read = 3, SYS_getpid = 20, SYS_kill = 37, SYS_exit = 234 };
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
enum { SYS_write = 4, SYS_open = 5, SYS_read = 3, SYS_getpid = 20, SYS_kill = 37, SYS_exit = 248 };
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
enum { SYS_write = 64, SYS_openat = 56, SYS_read = 63, SYS_getpid = 172, SYS_kill = 129, SYS_exit = 94 };
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

/* Right behind the code: the length of the message, then the message. */
extern const unsigned char message[] __attribute__((visibility("hidden")));

#if defined __loongarch64
/* The compiler would take addresses by page, and the code may lie anywhere in
 * one. It is linked at 0, so that an address there is an offset here. */
#define PLACE(symbol) ((__typeof__(&(symbol)[0]))place_of_##symbol())
#define PLACED(symbol) \
    static inline const void *place_of_##symbol(void) \
    { \
        const char *found, *offset; \
        __asm__("1: pcaddi %0, 0\n ori %1, $zero, %%abs_lo12(1b)\n sub.d %0, %0, %1\n" \
                "ori %1, $zero, %%abs_lo12(" #symbol ")\n add.d %0, %0, %1" \
            : "=&r"(found), "=&r"(offset)); \
        return found; \
    }
#define NAMED(symbol) __asm__(#symbol) __attribute__((used))
PLACED(message)
PLACED(name)
PLACED(environment)
#else
#define PLACE(symbol) (symbol)
#define NAMED(symbol)
#endif

static inline const unsigned char *find_message(void)
{
#if defined __powerpc64__
    /* The compiler would go through the table of contents, which isn't there. */
    const unsigned char *found;
    __asm__("bcl 20, 31, 1f\n1: mflr %0\n"
            "addis %0, %0, message - 1b@ha\naddi %0, %0, message - 1b@l"
        : "=b"(found) : : "lr");
    return found;
#else
    return PLACE(message);
#endif
}

static void say(long file)
{
    const unsigned char *found = find_message();
    const unsigned char *text = found + 4;
    size left = found[0] | found[1] << 8 | found[2] << 16;
    while (left > 0) {
        long written = call(SYS_write, file, (long)text, (long)left, 0);
        if (written <= 0)
            return;
        text += written;
        left -= (size)written;
    }
}

/* Keeps one byte of /proc/self/environ after the other against the name of the
 * variable, so that no buffer but that of its value is needed. */
static void log_call(void)
{
    enum { NAME = 17, LONGEST = 4096 };
    static const char name[NAME + 1] NAMED(name) = "STUB_BUILDER_LOG=";
    static const char environment[] NAMED(environment) = "/proc/self/environ";
    volatile char path[LONGEST];
    char chunk[256];
    long got, matched = 0, length = -1;
    long file = open_file(PLACE(environment), 0);
    if (file < 0)
        return;
    while ((got = call(SYS_read, file, (long)chunk, sizeof chunk, 0)) > 0) {
        for (long i = 0; i < got; i++) {
            char c = chunk[i];
            if (length >= 0) {
                if (length == LONGEST)
                    return;
                path[length++] = c;
                if (c == 0) {
                    file = open_file((const char *)path, O_WRONLY | O_CREAT | O_APPEND);
                    if (length > 1 && file >= 0)
                        say(file);
                    return;
                }
            } else if (c == 0) {
                matched = 0;
            } else if (matched >= 0 && c == PLACE(name)[matched]) {
                if (++matched == NAME)
                    length = 0;
            } else {
                matched = -1;
            }
        }
    }
}

#if defined __arm__
/* Thumb functions lead to the first instruction, others to the second word. */
__asm__(".section .entry.0, \"ax\"\n.thumb\nbx pc\nnop\n.arm\n.text");
#endif

__attribute__((used, section(".entry.1")))
void trap(void)
{
    say(STDERR);
    log_call();
    call(SYS_kill, call(SYS_getpid, 0, 0, 0, 0), SIGABRT, 0, 0);
    /* SIGABRT may be blocked, ignored or handled. */
    call(SYS_exit, 128 + SIGABRT, 0, 0, 0);
    __builtin_trap();
}
