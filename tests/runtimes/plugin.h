// What dlopen.cc and the library that it opens share.
#pragma once

#include <exception>

class __attribute__((visibility("default"))) PluginError : public std::exception {
 public:
  explicit PluginError(int code) : code(code) {}
  const char* what() const noexcept override { return "PluginError"; }
  int code;
};
