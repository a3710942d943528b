#include "backup/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "base/log.h"
#include "base/random.h"

namespace ashlar::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "ashlar-backup-";
constexpr auto lock_name = "lock";

[[noreturn]] void fail(const fs::path& path) {
  throw std::runtime_error(fmt::format("{}: {}; TEMP_PATH names the folder for temporary files", path.string(),
                                       std::generic_category().message(errno)));
}

// The lock of a folder; -1 where another process holds it, or has not made it yet.
int try_lock(const fs::path& folder, int flags) {
  const int descriptor = ::open((folder / lock_name).c_str(), O_RDWR | O_CLOEXEC | flags, 0600);
  if (descriptor < 0) return -1;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

// What processes left that were killed.
void sweep(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    const int lock = try_lock(entry.path(), 0);
    if (lock < 0) continue;
    log::info("Removing {}, which an interrupted backup left", entry.path().string());
    fs::remove_all(entry.path(), ignored);
    ::close(lock);
  }
}

}  // namespace

WorkFolder::WorkFolder() {
  std::error_code error;
  const auto parent = fs::temp_directory_path(error);
  if (error) throw std::runtime_error("the folder for temporary files (TEMP_PATH): " + error.message());
  sweep(parent);
  folder_ = parent / (std::string(prefix) + random_token(12));
  if (::mkdir(folder_.c_str(), 0700) != 0) fail(folder_);
  lock_ = try_lock(folder_, O_CREAT);
  if (lock_ < 0) fail(folder_);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

fs::path WorkFolder::write_secret(std::string_view name, std::string_view text) const {
  auto file = path(name);
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) fail(file);
  const auto written = ::write(descriptor, text.data(), text.size());
  ::close(descriptor);
  if (written != static_cast<ssize_t>(text.size())) fail(file);
  return file;
}

}  // namespace ashlar::backup
