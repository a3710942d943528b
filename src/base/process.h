// Other programs as children of this process.
#pragma once
#include <sys/types.h>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace ashlar {

// How a program ended: with a status, or by a signal.
struct ProgramEnd {
  std::optional<int> status;
  int signal = 0;

  bool is_success() const { return status == 0; }
};

class Process {
 public:
  // The descriptors that a program has as 0 to 2 (and `three`, which it has only if given). Those of -1 lead nowhere.
  struct Descriptors {
    int in = -1, out = -1, errors = -1, three = -1;
  };

  // Starts a program: `words` begin with its path, or with a name that PATH finds. It gets no environment
  // ("NAME=value") but the given. Throws std::system_error where it can't be started.
  Process(std::vector<std::string> words, std::vector<std::string> environment, Descriptors descriptors);
  // Kills it where it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Waits for its end. `look` is called several times a second meanwhile, and may throw.
  ProgramEnd wait(const std::function<void()>& look = {});
  void kill();

 private:
  pid_t child_ = -1;
};

// Variables of our own environment to pass on: those that are set.
std::vector<std::string> environment_of(std::initializer_list<const char*> names);
std::vector<std::string> whole_environment();

// Everything up to the end of a file or pipe, or to an error.
std::string read_to_end(int descriptor);

}  // namespace ashlar
