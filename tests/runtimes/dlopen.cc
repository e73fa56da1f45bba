// Opens a library: exceptions across its border in both directions, its thread_local variables in several threads, streams and locale.
// Everything is printed; the same must come out on Linux and in the guest.

#include <dlfcn.h>

#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "plugin.h"

template <typename Function>
Function find(void* library, const char* name) {
  void* address = dlsym(library, name);
  if (address == nullptr) throw std::logic_error(dlerror());
  return reinterpret_cast<Function>(address);
}

int throwBack(int code) { throw PluginError(code); }
int throwPast(int) { throw std::string("past the library"); }

void exceptions(void* library) {
  auto pluginThrow = find<void (*)(int, int*)>(library, "pluginThrow");
  auto pluginCall = find<int (*)(int (*)(int), int*)>(library, "pluginCall");
  int alive = 0;
  for (int what = 0; what < 4; what += 1) {
    try {
      pluginThrow(what, &alive);
      std::cout << "nothing thrown";
    } catch (const std::runtime_error& error) {
      std::cout << error.what();
    } catch (const PluginError& error) {
      std::cout << error.what() << ' ' << error.code;
    } catch (int number) {
      std::cout << "int " << number;
    }
    std::cout << ", alive " << alive << '\n';
  }
  std::cout << "caught there: " << pluginCall(throwBack, &alive) << ", alive " << alive << '\n';
  try {
    pluginCall(throwPast, &alive);
  } catch (const std::string& text) {
    std::cout << text << ", alive " << alive << '\n';
  }
  try {
    find<void*>(library, "pluginNothing");
  } catch (const std::logic_error&) {
    std::cout << "no such symbol\n";
  }
}

void threads(void* library) {
  auto count = find<int (*)()>(library, "pluginCount");
  auto name = find<const char* (*)(const char*)>(library, "pluginName");
  name("first");
  std::vector<int> seen(4);
  std::vector<std::string> names(4);
  std::vector<std::thread> workers;
  for (int index = 0; index < 4; index += 1) {
    workers.emplace_back([&, index] {
      names[index] = name(nullptr);
      name(("worker " + std::to_string(index)).c_str());
      for (int i = 0; i <= index; i += 1) seen[index] = count();
      names[index] += std::string(" ") + name(nullptr);
    });
  }
  for (auto& worker : workers) worker.join();
  for (int index = 0; index < 4; index += 1) std::cout << seen[index] << ' ' << names[index] << '\n';
  std::cout << count() << ' ' << name(nullptr) << '\n';
}

void streams(const char* file) {
  std::ofstream(file) << std::setprecision(3) << std::fixed << 3.14159 << '\n' << std::hex << std::showbase << 255 << "\nwords and words\n";
  std::ifstream input(file);
  std::map<std::string, int> words;
  for (std::string word; input >> word;) words[word] += 1;
  for (const auto& [word, times] : words) std::cout << std::setw(8) << std::left << word << times << '\n';
  std::ostringstream text;
  text << std::boolalpha << true << std::scientific << 12345.678;
  std::cout << text.str() << '\n';
  std::ifstream none("/nothing/there");
  std::cout << none.is_open() << '\n';
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  void* library = dlopen(argv[1], RTLD_NOW);
  if (library == nullptr) {
    std::cerr << dlerror() << '\n';
    return 1;
  }
  exceptions(library);
  threads(library);
  streams(argv[2]);
  std::cout << "closed " << dlclose(library) << '\n';
  std::cout << (dlopen("/nothing.so", RTLD_LAZY) == nullptr) << std::endl;
  return 3;
}
