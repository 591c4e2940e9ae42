int value = 5;
const int constant = 6;
_Thread_local int thread = 7;
int call(int a) { return a + value; }
