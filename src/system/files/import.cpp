#include "system/files/import.h"

#include "base/error.h"
#include "base/temporary_file.h"
#include "base/text.h"
#include "net/http_client.h"
#include "system/files/names.h"
#include "system/files/rows.h"
#include "system/files/upload.h"
#include "system/outgoing.h"

namespace ashlar::system {
namespace {

// Of an answer where nothing limits uploads: a small answer can be unpacked to any size.
constexpr std::uint64_t most_bytes = std::uint64_t{16} << 30;
constexpr int most_redirects = 5;

[[noreturn]] void refuse(const std::string& reason) {
  throw ApiError(503, "SERVICE_UNAVAILABLE", "Service \"external-file\" is unavailable. " + reason,
                 {{"service", "external-file"}, {"reason", reason}});
}

std::string name_in_url(std::string_view url) {
  auto path = url.substr(0, url.find_first_of("?#"));
  if (const auto host = path.find("://"); host != path.npos) path.remove_prefix(host + 3);
  const auto slash = path.rfind('/');
  auto name = slash == path.npos ? std::string() : base_name(percent_decode(path.substr(slash + 1)));
  if (name.empty() || !is_utf8(name)) name = "download";
  return name;
}

// Into a file that has no name: the answer's status, type and size are known before anything is written down.
net::HttpResponse fetch(const FileLibrary& library, const std::string& url, TemporaryFile& file) {
  const auto limit =
      library.settings.max_upload_bytes ? static_cast<std::uint64_t>(*library.settings.max_upload_bytes) : most_bytes;
  net::HttpRequest request;
  request.url = url;
  request.decode = true;
  request.timeout = std::chrono::hours(1);
  request.idle_timeout = std::chrono::seconds(60);
  request.max_redirects = most_redirects;
  request.may_connect = address_guard(library.network.import_deny_list);
  std::uint64_t total = 0;
  request.sink = [&](const net::HttpResponse& head, std::string_view piece) {
    if (head.status < 200 || head.status > 299) return true;
    total += piece.size();
    if (total >= limit) throw ApiError(413, "CONTENT_TOO_LARGE", "The file is too large.");
    file.write(piece);
    return true;
  };
  try {
    return library.client.send(request);
  } catch (const net::HttpError& error) {
    // Refused addresses look like those where nobody answers: the deny list is nobody's business.
    refuse("The URL can't be fetched.");
  }
}

}  // namespace

json::value import_file(const FileLibrary& library, const access::Accountability* who, ImportRequest request) {
  require_create(library, who);
  const auto scheme = to_lower(request.url.substr(0, request.url.find(':')));
  if (scheme != "http" && scheme != "https") refuse("The URL can't be fetched.");
  TemporaryFile file;
  const auto answer = fetch(library, request.url, file);
  if (answer.status < 200 || answer.status > 299) refuse("The URL does not give a file.");
  file.rewind();

  Incoming incoming;
  incoming.fields = std::move(request.fields);
  incoming.file_name = name_in_url(answer.url);
  incoming.whole_name_is_title = true;
  const auto* type = answer.header("content-type");
  incoming.type = type == nullptr ? "" : to_lower(trim(type->substr(0, type->find(';'))));
  if (const auto* own = incoming.fields.if_contains("type"); own != nullptr && own->is_string()) {
    incoming.type = own->get_string().c_str();
  }
  if (incoming.type->empty()) incoming.type = "application/octet-stream";
  if (!request.type_filters.empty() && !matches_type(*incoming.type, request.type_filters)) {
    throw ApiError::invalid_payload("The file is of another type than wanted.");
  }
  incoming.source = [&](char* buffer, std::size_t size) { return file.read(buffer, size); };
  const auto* id = incoming.fields.if_contains("id");
  if (id != nullptr && id->is_string() && find_file(library.services, id->get_string())) {
    const json::value key(*id);
    replace_file(library, who, to_text(key), std::move(incoming));
    return key;
  }
  return upload_file(library, who, std::move(incoming));
}

}  // namespace ashlar::system
