// Programs of databases (pg_dump, mariadb ...) as children. They get no environment but what they need, so that no
// secret of the server's is passed on, and secrets of their own by environment or file, never among their arguments.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"

namespace ashlar::backup {

// The path of a program that PATH finds; nothing where there is none.
std::optional<std::string> find_program(std::string_view name);

class DatabaseProgram {
 public:
  struct Setup {
    std::vector<std::string> words;        // the program first
    std::vector<std::string> environment;  // "NAME=value", besides PATH and HOME
    int in = -1, out = -1;                 // descriptors; nothing comes in, and what comes out is dropped, without them
    std::filesystem::path errors;          // where its messages go
  };

  // Throws std::system_error where it can't be started. It is killed with this object.
  explicit DatabaseProgram(Setup setup);

  // Waits until it has ended; `look` is called several times a second, and may throw. Throws std::runtime_error, with
  // the last of its messages, where it failed.
  void wait(const std::function<void()>& look = {});

 private:
  std::string name_;
  std::filesystem::path errors_;
  Process process_;
};

// What a program prints; empty where it fails.
std::string output_of(const std::vector<std::string>& words);

}  // namespace ashlar::backup
