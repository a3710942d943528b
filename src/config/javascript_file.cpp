#include "config/javascript_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "base/descriptor.h"
#include "base/process.h"
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

}  // namespace

json::value run_javascript_file(const std::filesystem::path& file,
                                const std::vector<std::pair<std::string, std::string>>& process_environment) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : process_environment) environment.push_back(name + "=" + value);
  PipeEnds answer;
  std::string output;
  try {
    Process node({"node", "-e", script, std::filesystem::absolute(file).string()}, std::move(environment),
                 {.in = STDIN_FILENO, .out = STDERR_FILENO, .errors = STDERR_FILENO, .three = answer.write.value()});
    answer.write.close();
    output = read_to_end(answer.read.value());
    node.wait();
  } catch (const std::system_error& error) {
    throw wrong(file, fmt::format("is JavaScript, and Node.js could not be started: {} (is `node` on the PATH?)",
                                  error.code().message()));
  }
  auto parsed = parse_json(output);
  if (!parsed) throw wrong(file, "ended before it gave its values");
  if (const auto error = text_member(*parsed, "error")) throw wrong(file, fmt::format("could not be used: {}", *error));
  return parsed->at("value");
}

}  // namespace ashlar::config
