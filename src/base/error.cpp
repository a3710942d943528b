#include "base/error.h"

#include <algorithm>
#include <utility>

namespace ashlar {

ApiError::ApiError(int status, std::string code, std::string message, json::object extensions) {
  details_.push_back({status, std::move(code), std::move(message), std::move(extensions)});
}

ApiError::ApiError(std::vector<ErrorDetail> details) : details_(std::move(details)) {}

ApiError ApiError::forbidden() { return {403, "FORBIDDEN", "You don't have permission to access this."}; }

ApiError ApiError::forbidden(std::string reason) {
  auto message = "You don't have permission to access this. " + reason;
  return {403, "FORBIDDEN", std::move(message), {{"reason", std::move(reason)}}};
}

ApiError ApiError::invalid_payload(std::string reason) {
  auto message = "Invalid payload. " + reason;
  return {400, "INVALID_PAYLOAD", std::move(message), {{"reason", std::move(reason)}}};
}

ApiError ApiError::invalid_query(std::string reason) {
  auto message = "Invalid query. " + reason;
  return {400, "INVALID_QUERY", std::move(message), {{"reason", std::move(reason)}}};
}

ApiError ApiError::invalid_credentials() { return {401, "INVALID_CREDENTIALS", "Invalid user credentials."}; }

ApiError ApiError::route_not_found(std::string_view path) {
  return {404, "ROUTE_NOT_FOUND", "Route " + std::string(path) + " doesn't exist.", {{"path", path}}};
}

ApiError ApiError::unprocessable(std::string reason) {
  auto message = "Can't process content. " + reason;
  return {422, "UNPROCESSABLE_CONTENT", std::move(message), {{"reason", std::move(reason)}}};
}

ApiError ApiError::internal(std::string message) { return {500, "INTERNAL_SERVER_ERROR", std::move(message)}; }

ErrorDetail ApiError::failed_validation(std::string_view field, std::string_view type, const json::array& path,
                                        json::object further) {
  json::object extensions{{"field", field}, {"type", type}, {"path", path}};
  for (auto& member : further) extensions.emplace(member.key(), std::move(member.value()));
  auto message = "Validation failed for field \"" + std::string(field) + "\": rule \"" + std::string(type) + "\".";
  return {400, "FAILED_VALIDATION", std::move(message), std::move(extensions)};
}

int ApiError::status() const {
  const auto first = details_.front().status;
  const auto same = [first](const ErrorDetail& detail) { return detail.status == first; };
  return std::all_of(details_.begin(), details_.end(), same) ? first : 500;
}

}  // namespace ashlar
