#include "config/text_file.h"

#include <fstream>
#include <iterator>

namespace ashlar::config {

std::optional<std::string> read_text_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return content;
}

}  // namespace ashlar::config
