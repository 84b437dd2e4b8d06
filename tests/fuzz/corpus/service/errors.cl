kernel void e(global undeclared* x) { x[0] = y + ; }
#error stop
#include "nowhere.h"
