extern int data;
const int read_only[2] = { 1, 2 };
int *const rel_ro = &data;
int data = 5;
int zero[4];
_Thread_local int thread;
int function(int a) { return a + data; }
int other(int a) { return a + zero[1]; }
