// What the drivers of storage services share: options, requests whose failures are StorageErrors, bodies in pieces,
// answers in XML.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/settings.h"
#include "net/http_client.h"
#include "storage/storage.h"

namespace ashlar::storage {

// An option of a location as a text, empty where it is not given. `required_option` throws config::ConfigError.
std::string option(const config::StorageLocation& location, std::string_view name);
std::string required_option(const config::StorageLocation& location, std::string_view name);
bool option_is_on(const config::StorageLocation& location, std::string_view name);

// Name of an object below the root of a location: "root/name".
std::string object_key(std::string_view root, std::string_view name);
// The name below the root again.
std::string_view name_of_key(std::string_view root, std::string_view key);

// Percent-encoded, but for the slashes between steps.
std::string encoded_path(std::string_view key);

// "https://host" of an endpoint with or without a scheme, without a slash at the end.
std::string endpoint_url(std::string_view endpoint);

using Headers = std::vector<std::pair<std::string, std::string>>;

// Sends it. Throws not_found for 404 and unavailable for every other status that is no 2xx; `sink` as HttpRequest has
// it, but sees only the body of such a status.
net::HttpResponse exchange(net::HttpClient& client, net::HttpRequest request, std::string_view service,
                           const Sink& sink = {});
[[noreturn]] void fail(std::string_view service, const net::HttpResponse& response);

std::uint64_t size_in(const net::HttpResponse& response);  // Content-Length
Moment modified_in(const net::HttpResponse& response);     // Last-Modified
std::string range_header(const Range& range);

// What is asked for, nothing where that says not_found.
std::optional<Stat> unless_missing(const std::function<Stat()>& ask);

// Splits a source into pieces of `size` bytes, the last one shorter. `take(piece, is_last)` is called at least once.
// Gives the number of all bytes.
std::uint64_t in_pieces(const Source& source, std::size_t size,
                        const std::function<void(std::string_view piece, bool is_last)>& take);

// The texts of all elements of that name, entities undone. Knows no nesting of equal names and no attributes: answers
// of storage services have neither.
std::vector<std::string> xml_texts(std::string_view xml, std::string_view element);
std::string xml_text(std::string_view xml, std::string_view element);

}  // namespace ashlar::storage
