int data;
int zero[4];
int main(void) { return data + zero[1] - 5; }
