// A folder for what a backup needs while it is made or read: the dump before it is packed, files that hold secrets for
// the databases' programs. Only for the user of the process; gone with its owner, or at the next backup after a crash.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace ashlar::backup {

class WorkFolder {
 public:
  // In the folder for temporary files (TMPDIR, else /tmp). Throws std::runtime_error.
  WorkFolder();
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  std::filesystem::path path(std::string_view name) const { return folder_ / name; }

  // A file that only its owner may read. Gives its path.
  std::filesystem::path write_secret(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path folder_;
  int lock_ = -1;
};

}  // namespace ashlar::backup
