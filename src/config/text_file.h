// Reads a small text file at once.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace ashlar::config {

// The whole content as it is; nothing where the file can't be read (missing, a folder, no permission).
std::optional<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace ashlar::config
