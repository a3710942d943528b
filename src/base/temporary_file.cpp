#include "base/temporary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace ashlar {
namespace {

[[noreturn]] void fail() { throw std::system_error(errno, std::generic_category(), "temporary file"); }

// tmpfile() would always take /tmp, which often lies in memory.
int open_without_name() {
  const auto folder = std::filesystem::temp_directory_path();
  const auto descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor >= 0) return descriptor;
  // Not all file systems can do without a name.
  auto path = (folder / "ashlar-XXXXXX").string();
  const auto named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named < 0) fail();
  ::unlink(path.c_str());
  return named;
}

}  // namespace

TemporaryFile::TemporaryFile() {
  const auto descriptor = open_without_name();
  file_.reset(::fdopen(descriptor, "w+b"));
  if (file_ != nullptr) return;
  const auto error = errno;
  ::close(descriptor);
  errno = error;
  fail();
}

void TemporaryFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail();
}

void TemporaryFile::rewind() {
  if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0) fail();
}

std::size_t TemporaryFile::read(char* buffer, std::size_t size) {
  const auto count = std::fread(buffer, 1, size, file_.get());
  if (count < size && std::ferror(file_.get()) != 0) fail();
  return count;
}

std::size_t TemporaryFile::read_at(std::size_t place, char* buffer, std::size_t size) const {
  const auto count = ::pread(fileno(file_.get()), buffer, size, static_cast<off_t>(place));
  if (count < 0) fail();
  return static_cast<std::size_t>(count);
}

}  // namespace ashlar
