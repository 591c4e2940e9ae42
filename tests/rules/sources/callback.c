int callback(int a) { return a * 10; }
