#include "storage/local.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/descriptor.h"
#include "base/random.h"

namespace ashlar::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view aside_prefix = ".ashlar-";  // of names that are no objects
constexpr std::size_t buffer_size = std::size_t{256} << 10;

[[noreturn]] void fail(int error, const fs::path& path) {
  using Kind = StorageError::Kind;
  auto kind = Kind::unavailable;
  if (error == ENOENT || error == ENOTDIR) kind = Kind::not_found;
  if (error == EACCES || error == EPERM || error == EROFS) kind = Kind::denied;
  throw StorageError(kind, path.filename().string() + ": " + std::generic_category().message(error));
}

Descriptor open_object(const fs::path& path) {
  const auto descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail(errno, path);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    fail(ENOENT, path);
  }
  return Descriptor(descriptor);
}

void write_all(int descriptor, const char* bytes, std::size_t size, const fs::path& path) {
  while (size > 0) {
    const auto written = ::write(descriptor, bytes, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(errno, path);
    }
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.value() >= 0) ::fsync(descriptor.value());
}

// Makes the folders above a path, and has their names on the disk, too.
void make_folders(const fs::path& folder) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return;
  make_folders(folder.parent_path());
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) fail(errno, folder);
  sync_folder(folder.parent_path());
}

// A file that has no name yet, or one that nobody asks for. Gone again unless it is published.
class AsideFile {
 public:
  explicit AsideFile(const fs::path& target) : target_(target), folder_(target.parent_path()) {
    make_folders(folder_);
    name_ = folder_ / (std::string(aside_prefix) + random_token(16));
    descriptor_ = ::open(folder_.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL) fail(errno, target_);
    descriptor_ = ::open(name_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail(errno == ENOENT ? EIO : errno, target_);
    has_name_ = true;
  }
  ~AsideFile() {
    ::close(descriptor_);
    if (has_name_) ::unlink(name_.c_str());
  }
  AsideFile(const AsideFile&) = delete;
  AsideFile& operator=(const AsideFile&) = delete;

  int descriptor() const { return descriptor_; }

  void publish() {
    if (::fsync(descriptor_) != 0) fail(errno, target_);
    if (!has_name_) {
      const auto itself = fmt::format("/proc/self/fd/{}", descriptor_);
      if (::linkat(AT_FDCWD, itself.c_str(), AT_FDCWD, name_.c_str(), AT_SYMLINK_FOLLOW) != 0) fail(errno, target_);
      has_name_ = true;
    }
    if (::rename(name_.c_str(), target_.c_str()) != 0) fail(errno, target_);
    has_name_ = false;
    sync_folder(folder_);
  }

 private:
  fs::path target_, folder_, name_;
  int descriptor_ = -1;
  bool has_name_ = false;
};

// Copies inside of the kernel; file systems that can share the blocks do so.
void append_file(int to, const fs::path& from, const fs::path& target) {
  const auto source = open_object(from);
  for (;;) {
    const auto copied = ::copy_file_range(source.value(), nullptr, to, nullptr, std::size_t{1} << 30, 0);
    if (copied == 0) return;
    if (copied > 0) continue;
    if (errno == EINTR) continue;
    if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS) fail(errno, target);
    break;
  }
  std::vector<char> buffer(buffer_size);
  for (;;) {
    const auto got = ::read(source.value(), buffer.data(), buffer.size());
    if (got < 0 && errno != EINTR) fail(errno, from);
    if (got == 0) return;
    if (got > 0) write_all(to, buffer.data(), static_cast<std::size_t>(got), target);
  }
}

}  // namespace

std::filesystem::path LocalStorage::path_of(std::string_view name) const {
  const auto normalized = normalized_name(name);
  if (normalized.empty()) throw StorageError(StorageError::Kind::not_found, "An object has no name");
  return root_ / normalized;
}

std::optional<std::filesystem::path> LocalStorage::local_path(std::string_view name) const { return path_of(name); }

std::optional<Stat> LocalStorage::stat(std::string_view name) {
  const auto path = path_of(name);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail(errno, path);
  }
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return Stat{static_cast<std::uint64_t>(status.st_size),
              Moment{status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000}};
}

void LocalStorage::read(std::string_view name, const Range& range, const Sink& sink) {
  const auto path = path_of(name);
  const auto file = open_object(path);
  std::vector<char> buffer(buffer_size);
  auto offset = range.offset;
  auto left = range.size.value_or(UINT64_MAX);
  while (left > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    const auto got = ::pread(file.value(), buffer.data(), wanted, static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      fail(errno, path);
    }
    if (got == 0) return;
    sink({buffer.data(), static_cast<std::size_t>(got)});
    offset += static_cast<std::uint64_t>(got);
    left -= static_cast<std::uint64_t>(got);
  }
}

std::uint64_t LocalStorage::write(std::string_view name, const Source& source, std::string_view) {
  const auto path = path_of(name);
  AsideFile file(path);
  std::vector<char> buffer(buffer_size);
  std::uint64_t total = 0;
  // Small pieces are gathered: each would be a call of the kernel.
  while (const auto got = read_fully(source, buffer.data(), buffer.size())) {
    write_all(file.descriptor(), buffer.data(), got, path);
    total += got;
    if (got < buffer.size()) break;
  }
  file.publish();
  return total;
}

void LocalStorage::copy(std::string_view from, std::string_view to) {
  const auto target = path_of(to);
  const auto source = path_of(from);
  open_object(source);
  AsideFile file(target);
  append_file(file.descriptor(), source, target);
  file.publish();
}

void LocalStorage::move(std::string_view from, std::string_view to) {
  const auto source = path_of(from), target = path_of(to);
  open_object(source);
  make_folders(target.parent_path());
  if (::rename(source.c_str(), target.c_str()) != 0) {
    if (errno != EXDEV) fail(errno, source);
    copy(from, to);
    remove(from);
    return;
  }
  sync_folder(target.parent_path());
  if (source.parent_path() != target.parent_path()) sync_folder(source.parent_path());
}

void LocalStorage::remove(std::string_view name) {
  const auto path = path_of(name);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) fail(errno, path);
}

void LocalStorage::list(std::string_view prefix, const std::function<void(std::string_view name)>& found) {
  // Not normalized: a prefix may end in the middle of a name. Only whole folders of it are looked into.
  const auto slash = prefix.rfind('/');
  const auto folder = slash == prefix.npos ? std::string() : normalized_name(prefix.substr(0, slash));
  const auto start = folder.empty() ? root_ : root_ / folder;
  std::error_code error;
  fs::recursive_directory_iterator entries(start, fs::directory_options::skip_permission_denied, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const auto name = entries->path().lexically_relative(root_).string();
    const auto filter = entries->path().filename().string();
    std::error_code ignored;
    if (entries->is_directory(ignored)) {
      // Folders that can't hold such names are not entered.
      const auto inside = name + "/";
      if (!inside.starts_with(prefix) && !prefix.starts_with(inside)) entries.disable_recursion_pending();
      continue;
    }
    if (!filter.starts_with(aside_prefix) && name.starts_with(prefix) && entries->is_regular_file(ignored)) found(name);
  }
}

void LocalStorage::join(const std::vector<std::string>& parts, std::string_view to, std::string_view) {
  const auto target = path_of(to);
  AsideFile file(target);
  for (const auto& part : parts) append_file(file.descriptor(), path_of(part), target);
  file.publish();
}

}  // namespace ashlar::storage
