#include "backup/database_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "base/descriptor.h"
#include "base/text.h"

namespace ashlar::backup {
namespace {

namespace fs = std::filesystem;

// The end of what the program complained of, on one line.
std::string last_messages(const fs::path& file) {
  constexpr std::streamoff most = 1000;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto size = static_cast<std::streamoff>(in.tellg());
  in.seekg(std::max<std::streamoff>(0, size - most));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return replace_all(std::string(trim(text)), "\n", "; ");
}

std::vector<std::string> with_basics(std::vector<std::string> environment) {
  for (auto& variable : environment_of({"PATH", "HOME"})) environment.push_back(std::move(variable));
  environment.emplace_back("LC_ALL=C");
  return environment;
}

Process start(DatabaseProgram::Setup setup) {
  const Descriptor errors(
      setup.errors.empty() ? -1 : ::open(setup.errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  return {std::move(setup.words),
          with_basics(std::move(setup.environment)),
          {.in = setup.in, .out = setup.out, .errors = errors.value()}};
}

}  // namespace

std::optional<std::string> find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  for (const auto folder : split(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path, ':')) {
    auto candidate = std::string(folder) + "/" + std::string(name);
    if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

DatabaseProgram::DatabaseProgram(Setup setup)
    : name_(fs::path(setup.words.front()).filename().string()),
      errors_(setup.errors),
      process_(start(std::move(setup))) {}

void DatabaseProgram::wait(const std::function<void()>& look) {
  const auto end = process_.wait(look);
  if (end.is_success()) return;
  const auto how = end.status ? fmt::format("failed with status {}", *end.status)
                              : fmt::format("was ended by signal {}", end.signal);
  const auto messages = last_messages(errors_);
  throw std::runtime_error(fmt::format("{} {}{}{}", name_, how, messages.empty() ? "" : ": ", messages));
}

std::string output_of(const std::vector<std::string>& words) {
  PipeEnds ends;
  Process process(words, with_basics({}), {.out = ends.write.value()});
  ends.write.close();
  auto text = read_to_end(ends.read.value());
  return process.wait().is_success() ? text : std::string();
}

}  // namespace ashlar::backup
