/* What a stub does when it is called: says so, and aborts.
 *
 * Nothing may be assumed here: no C library, no data that can be written, no
 * stack protector, no registers but those of a call. Everything is in one flat
 * piece of code that runs at any address; its message follows it in the file.
 * build.sh compiles it for each machine.
 *
 * When STUB_BUILDER_LOG names a file, the message is appended to it too, so that
 * a call which a configure check swallowed doesn't stay unseen.
 */
#include "machine.h"
#include "log.h"

/* Right behind the code: the length of the message, then the message. */
extern const unsigned char message[] __attribute__((visibility("hidden")));
PLACED(message)

static void say(long file)
{
    const unsigned char *found = PLACE(message);
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

static void log_call(void)
{
    volatile char path[LONGEST_PATH];
    if (find_log(path)) {
        long file = open_log(path);
        if (file >= 0)
            say(file);
    }
}

#if defined __arm__
/* Thumb functions lead to the first instruction, others to the second word. */
__asm__(".section .entry.0, \"ax\"\n.thumb\nbx pc\nnop\n.arm\n.text");
#endif

__attribute__((used, section(".entry.1")))
void entry(void)
{
    say(STDERR);
    log_call();
    call(SYS_kill, call(SYS_getpid, 0, 0, 0, 0), SIGABRT, 0, 0);
    /* SIGABRT may be blocked, ignored or handled. */
    call(SYS_exit, 128 + SIGABRT, 0, 0, 0);
    __builtin_trap();
}
