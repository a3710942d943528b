#include "base/temporary_file.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ashlar {
namespace {

[[noreturn]] void fail() { throw std::system_error(errno, std::generic_category(), "temporary file"); }

}  // namespace

TemporaryFile::TemporaryFile() : file_(std::tmpfile()) {
  if (file_ == nullptr) fail();
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
