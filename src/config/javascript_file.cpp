#include "config/javascript_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "config/error.h"

namespace ashlar::config {
namespace {

// Prints one JSON object to descriptor 3, so that what the module itself prints does no harm.
constexpr const char* script = R"js(
const answer = (value) => require('fs').writeSync(3, JSON.stringify(value, (key, x) => (x instanceof RegExp ? { regex: x.source } : x)));
import(require('url').pathToFileURL(process.argv[1]))
  .then(async (module) => {
    let value = module.default;
    if (typeof value === 'function') value = await value(process.env);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('it must export an object, or a function that returns one');
    answer({ value });
  })
  .catch((error) => answer({ error: String(error?.message ?? error) }));
)js";

ConfigError wrong(const std::filesystem::path& file, std::string_view why) {
  return ConfigError(fmt::format("CONFIG_PATH: the configuration file {} {}", file.string(), why));
}

struct Pipe {
  int read_end = -1, write_end = -1;

  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw ConfigError("CONFIG_PATH: no pipe could be made");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close(read_end);
    close_write_end();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_write_end() {
    if (write_end >= 0) close(write_end);
    write_end = -1;
  }
};

std::string read_all(int descriptor) {
  std::string output;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return output;
    output.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

json::value run_javascript_file(const std::filesystem::path& file,
                                const std::vector<std::pair<std::string, std::string>>& process_environment) {
  Pipe answer;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  // Duplicating a descriptor onto itself would leave it closed on exec; 3 is seldom the pipe, but may be.
  const int write_end = answer.write_end == 3 ? fcntl(3, F_DUPFD_CLOEXEC, 4) : answer.write_end;
  posix_spawn_file_actions_adddup2(&actions, write_end, 3);

  std::vector<std::string> texts;
  for (const auto& [name, value] : process_environment) texts.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (auto& text : texts) environment.push_back(text.data());
  environment.push_back(nullptr);
  std::array<std::string, 4> words{"node", "-e", script, std::filesystem::absolute(file).string()};
  std::array<char*, 5> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};

  pid_t child = 0;
  const int failed = posix_spawnp(&child, "node", &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (write_end != answer.write_end) close(write_end);
  answer.close_write_end();
  if (failed != 0) {
    throw wrong(file, fmt::format("is JavaScript, and Node.js could not be started: {} (is `node` on the PATH?)",
                                  std::strerror(failed)));
  }
  const auto output = read_all(answer.read_end);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;

  auto parsed = parse_json(output);
  if (!parsed) throw wrong(file, "ended before it gave its values");
  if (const auto error = text_member(*parsed, "error")) throw wrong(file, fmt::format("could not be used: {}", *error));
  return parsed->at("value");
}

}  // namespace ashlar::config
