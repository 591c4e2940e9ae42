/* What a stub with data does when it is loaded: looks whether anything in the
 * process has been bound to that data, and if so appends a line to the file that
 * STUB_BUILDER_LOG names. The data are zeros, and reading them leaves no other
 * trace.
 *
 * It is called as a constructor, when the loader has relocated everything, and
 * assumes as little as trap.c does. It prints nothing and changes nothing; what
 * it reads, besides files of /proc, are tables that the loader has read before.
 */
#include "machine.h"
#include "log.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

/* gABI, "Object Files" and "Dynamic Linking". */
#if __SIZEOF_LONG__ == 8
struct program_header { u32 type, flags; size offset, address, physical, in_file, in_memory, align; };
struct symbol { u32 name; u8 info, other; u16 section; size value, length; };
#define SYMBOL_OF(info) ((info) >> 32)
#define TYPE_OF(info) ((u32)(info))
#else
struct program_header { u32 type; size offset, address, physical, in_file, in_memory, flags, align; };
struct symbol { u32 name; size value, length; u8 info, other; u16 section; };
#define SYMBOL_OF(info) ((info) >> 8)
#define TYPE_OF(info) ((info) & 0xff)
#endif
struct entry { size tag, value; };

#if defined __i386__ || defined __arm__
struct relocation { size place, info; };
enum { DT_RELOCATIONS = 17, DT_RELOCATION_BYTES = 18 };
#else
struct relocation { size place, info, addend; };
enum { DT_RELOCATIONS = 7, DT_RELOCATION_BYTES = 8 };
#endif

#if defined __s390x__
typedef size hash_word;
#else
typedef u32 hash_word;
#endif

enum {
    PT_DYNAMIC = 2, PT_PHDR = 6, AT_PHDR = 3, AT_PHNUM = 5,
    SHN_UNDEF = 0, SHN_ABS = 0xfff1, STT_TLS = 6, R_NONE = 0,
    DT_PLT_BYTES = 2, DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6, DT_SONAME = 14, DT_DEBUG = 21,
    DT_PLT_RELOCATIONS = 23, DT_INIT_ARRAY = 25, DT_INIT_ARRAY_BYTES = 27
};

/* What loaders keep for debuggers: <link.h>, struct link_map and r_debug. */
struct object {
    size base;
    const char *path;
    const struct entry *dynamic;
    const struct object *next;
};
struct debug { int version; const struct object *objects; };

/* <sys/uio.h>, struct iovec. */
struct piece { const char *start; size length; };

/* Where this code starts. Data of the stub lie behind it, functions before. */
extern const char start[] __attribute__((visibility("hidden")));
static const char auxiliary[] NAMED(auxiliary) = "/proc/self/auxv";
static const char said[] NAMED(said) = "stub-builder: bound to data of a stub: ";
static const char opening[] NAMED(opening) = " (";
static const char closing[] NAMED(closing) = ")\n";
PLACED(start)
PLACED(auxiliary)
PLACED(said)
PLACED(opening)
PLACED(closing)

static size value_of(const struct entry *dynamic, size tag)
{
    for (; dynamic != 0 && dynamic->tag != 0; dynamic++)
        if (dynamic->tag == tag)
            return dynamic->value;
    return 0;
}

static size distance(size a, size b)
{
    return (long)(a - b) < 0 ? b - a : a - b;
}

/* What an address in the dynamic section means. glibc overwrites it with that in
 * the process on most machines (elf/get-dynamic-info.h), musl on none: of both
 * readings it is the one that is nearer to the dynamic section itself. */
static const void *table(const struct object *object, size tag)
{
    size as_is = value_of(object->dynamic, tag);
    size moved = as_is + object->base;
    size here = (size)object->dynamic;
    if (as_is == 0)
        return 0;
    return (const void *)(distance(moved, here) < distance(as_is, here) ? moved : as_is);
}

/* All objects in the process, the program first. */
static const struct object *objects(void)
{
    size vector[128];
    const struct program_header *headers = 0;
    size count = 0;
    long file = open_file(PLACE(auxiliary), 0);
    if (file < 0)
        return 0;
    long got = call(SYS_read, file, (long)vector, sizeof vector, 0) / (long)sizeof(size);
    call(SYS_close, file, 0, 0, 0);
    for (long i = 0; i + 1 < got; i += 2) {
        if (vector[i] == AT_PHDR)
            headers = (const struct program_header *)vector[i + 1];
        if (vector[i] == AT_PHNUM)
            count = vector[i + 1];
    }
    /* Of a program that has a loader, and that was not started through it. */
    const struct program_header *own = 0, *dynamic = 0;
    for (const struct program_header *header = headers; count > 0; header++, count--) {
        if (header->type == PT_PHDR)
            own = header;
        if (header->type == PT_DYNAMIC)
            dynamic = header;
    }
    if (own == 0 || dynamic == 0)
        return 0;
    size base = (size)headers - own->address;
    size debug = value_of((const struct entry *)(base + dynamic->address), DT_DEBUG);
    return debug == 0 ? 0 : ((const struct debug *)debug)->objects;
}

static int is_this(const struct object *object)
{
    const size *array = table(object, DT_INIT_ARRAY);
    return array != 0 && value_of(object->dynamic, DT_INIT_ARRAY_BYTES) >= sizeof(size)
        && *array == (size)PLACE(start);
}

/* Of dynamic symbols. */
static size count_of(const struct object *stub)
{
    return ((const hash_word *)table(stub, DT_HASH))[1];
}

static size end_of_data(const struct object *stub)
{
    const struct symbol *symbol = table(stub, DT_SYMTAB);
    size end = 0;
    for (size left = count_of(stub); left > 0; left--, symbol++) {
        int placed = symbol->section != SHN_UNDEF && symbol->section != SHN_ABS;
        if (placed && (symbol->info & 15) != STT_TLS && symbol->value + symbol->length >= end)
            end = symbol->value + symbol->length + 1;
    }
    return stub->base + end;
}

static int defines(const struct object *stub, const char *name)
{
    const struct symbol *symbol = table(stub, DT_SYMTAB);
    const char *names = table(stub, DT_STRTAB);
    for (size left = count_of(stub); left > 0; left--, symbol++) {
        const char *a = names + symbol->name, *b = name;
        if (symbol->section == SHN_UNDEF)
            continue;
        while (*a == *b && *a != 0)
            a++, b++;
        if (*a == *b)
            return 1;
    }
    return 0;
}

/* The name by which one of these relocations refers to data of the stub. What is
 * stored at its place tells; only of copies and thread-local data it doesn't,
 * and their names must do. */
static const char *bound(const struct object *stub, size end, const struct object *object, size tag, size bytes)
{
    const struct relocation *relocation = table(object, tag);
    const struct symbol *symbols = table(object, DT_SYMTAB);
    const char *names = table(object, DT_STRTAB);
    if (relocation == 0)
        return 0;
    const struct relocation *last = (const void *)((const char *)relocation + value_of(object->dynamic, bytes));
    for (; relocation < last; relocation++) {
        struct __attribute__((packed)) unaligned { size value; };
        const struct unaligned *place = (const void *)(object->base + relocation->place);
        const struct symbol *symbol = symbols + SYMBOL_OF(relocation->info);
        const char *name = names + symbol->name;
        u32 type = TYPE_OF(relocation->info);
        if (symbol == symbols || type == R_NONE)
            continue;
        if (type == R_COPY || ((symbol->info & 15) == STT_TLS && symbol->section == SHN_UNDEF)) {
            if (defines(stub, name))
                return name;
        } else if (place->value - (size)PLACE(start) < end - (size)PLACE(start)) {
            return name;
        }
    }
    return 0;
}

static struct piece piece(const char *start)
{
    struct piece piece;
    piece.start = start;
    piece.length = 0;
    while (start[piece.length] != 0)
        piece.length++;
    return piece;
}

static void say(long file, const struct object *stub, const char *name)
{
    size library = value_of(stub->dynamic, DT_SONAME);
    struct piece pieces[5];
    pieces[0] = piece(PLACE(said));
    pieces[1] = piece(library == 0 ? stub->path : (const char *)table(stub, DT_STRTAB) + library);
    pieces[2] = piece(PLACE(opening));
    pieces[3] = piece(name);
    pieces[4] = piece(PLACE(closing));
    /* At once: others may write to the same file. */
    call(SYS_writev, file, (long)pieces, 5, 0);
}

__attribute__((used, section(".entry.1")))
void entry(void)
{
    volatile char path[LONGEST_PATH];
    if (!find_log(path))
        return;
    const struct object *first = objects(), *stub = first;
    while (stub != 0 && !is_this(stub))
        stub = stub->next;
    if (stub == 0)
        return;
    size end = end_of_data(stub);
    for (const struct object *object = first; object != 0; object = object->next) {
        const char *name = bound(stub, end, object, DT_RELOCATIONS, DT_RELOCATION_BYTES);
        if (name == 0)
            name = bound(stub, end, object, DT_PLT_RELOCATIONS, DT_PLT_BYTES);
        if (name == 0)
            continue;
        long file = open_log(path);
        if (file >= 0) {
            say(file, stub, name);
            call(SYS_close, file, 0, 0, 0);
        }
        return;
    }
}
