/* The file that STUB_BUILDER_LOG names. */
static const char log_variable[] NAMED(log_variable) = "STUB_BUILDER_LOG=";
static const char environment[] NAMED(environment) = "/proc/self/environ";
PLACED(log_variable)
PLACED(environment)

enum { LONGEST_PATH = 4096 };

/* Puts its name into `path`; whether there is one.
 *
 * The environment is read from /proc, since a function doesn't get it: one byte
 * after the other, so that no buffer but that of the name is needed. */
static int find_log(volatile char *path)
{
    enum { NAME = sizeof log_variable - 1 };
    char chunk[256];
    long got, matched = 0, length = -1;
    long file = open_file(PLACE(environment), 0);
    if (file < 0)
        return 0;
    while ((got = call(SYS_read, file, (long)chunk, sizeof chunk, 0)) > 0) {
        for (long i = 0; i < got; i++) {
            char c = chunk[i];
            if (length >= 0) {
                if (length < LONGEST_PATH)
                    path[length] = c;
                length++;
                if (c == 0)
                    goto end;
            } else if (c == 0) {
                matched = 0;
            } else if (matched >= 0 && c == PLACE(log_variable)[matched]) {
                if (++matched == NAME)
                    length = 0;
            } else {
                matched = -1;
            }
        }
    }
    length = 0;
end:
    call(SYS_close, file, 0, 0, 0);
    return length > 1 && length <= LONGEST_PATH;
}

/* Opens it for a line; less than zero if that can't be. */
static inline long open_log(volatile char *path)
{
    return open_file((const char *)path, O_WRONLY | O_CREAT | O_APPEND);
}
