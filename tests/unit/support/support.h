// What several test programs need: temporary folders that vanish, free ports, programs that are started and stopped.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ashlar::test {

// A folder of its own, removed with everything in it when it is destroyed.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A TCP port on 127.0.0.1 that was free a moment ago.
int free_port();

// Runs a command line in a shell and throws std::runtime_error with its output unless it ends with 0. Gives its output.
std::string run_command(const std::string& command);

// A program in the background, killed when it is destroyed. `command` is run by a shell, its output goes to a file.
class BackgroundProgram {
 public:
  BackgroundProgram(const std::string& command, const std::filesystem::path& log);
  ~BackgroundProgram();
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;
  bool running() const;
  void signal(int number);

 private:
  int pid_;
};

}  // namespace ashlar::test
