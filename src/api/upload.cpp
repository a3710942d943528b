#include "api/upload.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "http/multipart.h"

namespace ashlar::api {
namespace {

[[noreturn]] void fail() { throw std::system_error(errno, std::generic_category(), "the temporary file of an upload"); }

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// The rest of the form's current part; gives its size.
std::size_t store_part(http::FormReader& form, std::FILE* file) {
  constexpr std::size_t piece = 256 * 1024;
  std::vector<char> buffer(piece);
  std::size_t size = 0;
  while (const auto got = form.read(buffer.data(), buffer.size())) {
    if (std::fwrite(buffer.data(), 1, got, file) != got) fail();
    size += got;
  }
  if (std::fflush(file) != 0) fail();
  return size;
}

}  // namespace

UploadedFile::~UploadedFile() { ::close(descriptor_); }

std::size_t UploadedFile::read(std::size_t at, char* buffer, std::size_t size) const {
  if (at >= size_) return 0;
  const auto got = pread(descriptor_, buffer, std::min(size, size_ - at), static_cast<off_t>(at));
  if (got < 0) fail();
  return static_cast<std::size_t>(got);
}

std::shared_ptr<const UploadedFile> receive_file(http::Request& request) {
  http::FormReader form(request.header("content-type"),
                        [&](char* buffer, std::size_t size) { return request.body_reader().read(buffer, size); });
  while (const auto head = form.next()) {
    if (!head->file_name) continue;
    const File file(std::tmpfile());
    if (file == nullptr) fail();
    const auto size = store_part(form, file.get());
    const int descriptor = dup(fileno(file.get()));
    if (descriptor < 0) fail();
    auto received = std::make_shared<UploadedFile>(descriptor, size);
    received->content_type = head->content_type.value_or("text/plain");
    while (form.next()) continue;  // whoever is cut off before his end hears no answer
    return received;
  }
  throw ApiError::invalid_payload("The form holds no file.");
}

}  // namespace ashlar::api
