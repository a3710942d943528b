// What clients say about files: forms in pieces of any size, metadata of resumable uploads, parameters of
// transformations. The first byte tells which. Nothing but ApiErrors may come out of any of it.
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "http/multipart.h"
#include "system/files/asset_query.h"
#include "system/files/resumable.h"

namespace {

using namespace ashlar;

void read_form(std::string_view data) {
  const std::size_t most = data.empty() ? 1 : static_cast<unsigned char>(data.front()) % 64 + 1;
  http::FormReader form("multipart/form-data; boundary=X", [&](char* buffer, std::size_t size) {
    const auto given = std::min({most, size, data.size()});
    std::memcpy(buffer, data.data(), given);
    data.remove_prefix(given);
    return given;
  });
  while (form.next()) form.read_text(1000);
}

void read_parameters(std::string_view data) {
  const auto parsed = parse_json(data);
  if (!parsed || !parsed->is_object()) return;
  const auto query = system::parse_asset_query(parsed->get_object(), {});
  system::canonical_text(query.pipeline);
  std::ignore = query.pipeline.only_resizes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view data(reinterpret_cast<const char*>(bytes + 1), size - 1);
  try {
    switch (bytes[0] % 3) {
      case 0:
        read_form(data);
        break;
      case 1:
        system::parse_upload_metadata(data);
        break;
      default:
        read_parameters(data);
    }
  } catch (const ApiError&) {
    // Refused, as it should be.
  }
  return 0;
}
