extern const int read_only[2];
extern int *const rel_ro;
extern int data, zero[4];
extern _Thread_local int thread;
int function(int), other(int);
int (*pointers[])(int) = { function, other };
void _start(void) { thread = function(read_only[1]) + other(*rel_ro) + data + zero[1]; }
