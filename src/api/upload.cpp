#include "api/upload.h"

#include <vector>

#include "base/error.h"
#include "http/multipart.h"

namespace ashlar::api {
namespace {

// The rest of the form's current part; gives its size.
std::size_t store_part(http::FormReader& form, TemporaryFile& file) {
  constexpr std::size_t piece = 256 * 1024;
  std::vector<char> buffer(piece);
  std::size_t size = 0;
  while (const auto got = form.read(buffer.data(), buffer.size())) {
    file.write({buffer.data(), got});
    size += got;
  }
  file.rewind();
  return size;
}

}  // namespace

std::shared_ptr<const UploadedFile> receive_file(http::Request& request) {
  http::FormReader form(request.header("content-type"),
                        [&](char* buffer, std::size_t size) { return request.body_reader().read(buffer, size); });
  while (const auto head = form.next()) {
    if (!head->file_name) continue;
    auto received = std::make_shared<UploadedFile>();
    received->size = store_part(form, received->content);
    received->content_type = head->content_type.value_or("text/plain");
    while (form.next()) continue;  // whoever is cut off before his end hears no answer
    return received;
  }
  throw ApiError::invalid_payload("The form holds no file.");
}

}  // namespace ashlar::api
