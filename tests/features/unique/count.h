struct Count {
  static inline int value = 0;
};

int count();
extern "C" int single;
