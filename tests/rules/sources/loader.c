/* A program and its loader in one, for a machine whose C library isn't to be
   had: puts the stub that is in it into memory, binds the program to it, and
   runs its constructor. DATA: the program refers to data. */
#include "machine.h"

enum { SYS_mprotect = 226, READ_WRITE_EXECUTE = 7, PT_LOAD = 1, PT_DYNAMIC = 2 };
enum { DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6, DT_RELA = 7, DT_RELASZ = 8, DT_DEBUG = 21, DT_INIT_ARRAY = 25 };

struct header {
  unsigned char start[32];
  size program_headers, section_headers;
  unsigned short others[4], count;
};
struct program_header {
  unsigned type, flags;
  size offset, address, physical, in_file, in_memory, align;
};
struct symbol {
  unsigned name;
  unsigned char info, other;
  unsigned short section;
  size value, length;
};
struct entry { size tag, value; };
struct relocation { size place, info, addend; };
struct object {
  char *base;
  const char *path;
  struct entry *dynamic;
  struct object *next;
};
struct debug { int version; struct object *objects; };

extern struct entry _DYNAMIC[] __attribute__((visibility("hidden")));
extern char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char stub_file[] __attribute__((visibility("hidden")));
extern int variable;
extern int function(int);

static char memory[0x100000] __attribute__((aligned(0x10000)));
static struct object program, stub;
static struct debug debug;

static size *value(struct object *object, size tag) {
  struct entry *entry = object->dynamic;
  while (entry->tag != tag)
    entry++;
  return &entry->value;
}

static void *table(struct object *object, size tag) { return object->base + *value(object, tag); }

static int same(const char *a, const char *b) {
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

static void load(void) {
  const struct header *header = (const void *)stub_file;
  const struct program_header *segments = (const void *)(stub_file + header->program_headers);
  for (int i = 0; i < header->count; i++) {
    const struct program_header *segment = segments + i;
    if (segment->type == PT_LOAD)
      for (size at = 0; at < segment->in_file; at++)
        memory[segment->address + at] = stub_file[segment->offset + at];
    if (segment->type == PT_DYNAMIC)
      stub.dynamic = (struct entry *)(memory + segment->address);
  }
  call(SYS_mprotect, (long)memory, sizeof memory, READ_WRITE_EXECUTE, 0);
  stub.base = memory;
  struct relocation *relative = table(&stub, DT_RELA);
  *(char **)(memory + relative->place) = memory + relative->addend;
}

static void bind(void) {
  struct relocation *relocation = table(&program, DT_RELA);
  struct symbol *wanted = table(&program, DT_SYMTAB), *symbols = table(&stub, DT_SYMTAB);
  const char *wanted_names = table(&program, DT_STRTAB), *names = table(&stub, DT_STRTAB);
  for (size left = *value(&program, DT_RELASZ); left > 0; left -= sizeof *relocation, relocation++)
    for (unsigned i = 1; i < ((unsigned *)table(&stub, DT_HASH))[1]; i++)
      if (same(wanted_names + wanted[relocation->info >> 32].name, names + symbols[i].name))
        *(char *volatile *)(program.base + relocation->place) = memory + symbols[i].value;
}

void _start(void) {
  load();
  program.base = __ehdr_start;
  program.dynamic = _DYNAMIC;
  program.next = &stub;
  debug.objects = &program;
  *value(&program, DT_DEBUG) = (size)&debug;
  bind();
#ifdef DATA
  int *volatile used = &variable;
#else
  int (*volatile used)(int) = function;
#endif
  (*(void (**)(void))table(&stub, DT_INIT_ARRAY))();
  call(SYS_exit, used == 0, 0, 0, 0);
}
