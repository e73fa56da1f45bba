// The library that dlopen.cc opens: its exceptions and its thread_local variables cross its border.

#include <stdexcept>
#include <string>

#include "plugin.h"

namespace {

thread_local int calls = 100;

struct Counted {
  explicit Counted(int* place) : place(place) { *place += 1; }
  ~Counted() { *place -= 1; }
  int* place;
};

thread_local std::string name = "nobody";

}  // namespace

extern "C" int pluginCount() { return ++calls; }

extern "C" const char* pluginName(const char* to) {
  if (to != nullptr) name = to;
  return name.c_str();
}

extern "C" void pluginThrow(int what, int* alive) {
  Counted counted(alive);
  if (what == 0) throw std::runtime_error("thrown in the library");
  if (what == 1) throw PluginError(42);
  if (what == 2) throw 7;
}

extern "C" int pluginCall(int (*function)(int), int* alive) {
  Counted counted(alive);
  try {
    return function(1);
  } catch (const PluginError& error) {
    return -error.code;
  }
}
