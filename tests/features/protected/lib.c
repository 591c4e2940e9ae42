// A protected variable is the library's own: a copy in the program would be
// another.
//# build: gcc -shared -fPIC -O1 $S/lib.c -Wl,-soname,libx.so -o libx.so
//# expect-library: symbol guarded OBJECT PROTECTED
//# expect-library: symbol get FUNC PROTECTED

__attribute__((visibility("protected"))) int guarded = 5;
__attribute__((visibility("protected"))) int get(void) { return guarded; }
