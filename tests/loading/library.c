/* Linked to, and met as a stub at run time. */
int variable = 5;
__thread int thread_variable = 6;

int function(int n) { return n + variable; }

#ifdef __arm__
__attribute__((target("arm"))) int arm_function(int n) { return n + 1; }
__attribute__((target("thumb"))) int thumb_function(int n) { return n + 2; }
#endif
