// SPDX-License-Identifier: MIT
extern "C" __attribute__((visibility("default"))) int sample_answer(int x) {
  return x + 40;
}

// As hostile machine code would do it, without the C library: the kernel's answer, negative for an error.
extern "C" __attribute__((visibility("default"))) long sample_system_call(long number, long a, long b, long c) {
#if defined(__x86_64__)
  long answer = 0;
  asm volatile("syscall" : "=a"(answer) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return answer;
#else
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
#endif
}
