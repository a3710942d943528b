#include "api/upload.h"

#include <sys/mman.h>
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

// The whole body; gives its size.
std::size_t store_body(http::Request& request, std::FILE* file) {
  constexpr std::size_t piece = 256 * 1024;
  std::vector<char> buffer(piece);
  std::size_t size = 0;
  while (const auto got = request.body_reader().read(buffer.data(), buffer.size())) {
    if (std::fwrite(buffer.data(), 1, got, file) != got) fail();
    size += got;
  }
  if (std::fflush(file) != 0) fail();
  return size;
}

// The stored body, looked at as if it were in memory.
class View {
 public:
  View(std::FILE* file, std::size_t size) : size_(size) {
    if (size_ == 0) return;
    data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    if (data_ == MAP_FAILED) fail();
  }
  ~View() {
    if (size_ > 0) munmap(data_, size_);
  }
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  std::string_view text() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_;
};

}  // namespace

UploadedFile::~UploadedFile() { ::close(descriptor_); }

std::size_t UploadedFile::read(std::size_t at, char* buffer, std::size_t size) const {
  if (at >= size_) return 0;
  const auto got = pread(descriptor_, buffer, std::min(size, size_ - at), static_cast<off_t>(offset_ + at));
  if (got < 0) fail();
  return static_cast<std::size_t>(got);
}

std::shared_ptr<const UploadedFile> receive_file(http::Request& request) {
  const File file(std::tmpfile());
  if (file == nullptr) fail();
  const auto size = store_body(request, file.get());
  const View view(file.get(), size);
  const auto form = http::parse_form(request.header("content-type"), view.text());
  if (!form) throw ApiError::invalid_payload("The body is no valid form.");
  const auto part = std::find_if(form->begin(), form->end(), [](const auto& entry) { return entry.file_name; });
  if (part == form->end()) throw ApiError::invalid_payload("The form holds no file.");
  const int descriptor = dup(fileno(file.get()));
  if (descriptor < 0) fail();
  const auto offset = static_cast<std::size_t>(part->data.data() - view.text().data());
  auto received = std::make_shared<UploadedFile>(descriptor, offset, part->data.size());
  received->content_type = part->content_type;
  return received;
}

}  // namespace ashlar::api
