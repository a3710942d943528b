// ApiError is the one way in which work says that it can't be done: thrown where it is known, anywhere below the HTTP
// layer, and turned into the answer in one place (api/). Codes and statuses are the reference's, see the contracts.
#pragma once
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace ashlar {

// One entry of an error answer's `errors`.
struct ErrorDetail {
  int status;               // HTTP status
  std::string code;         // `extensions.code`, e.g. INVALID_PAYLOAD
  std::string message;      // for people: says what to do about it
  json::object extensions;  // further members of `extensions`, without the code
};

class ApiError : public std::exception {
 public:
  ApiError(int status, std::string code, std::string message, json::object extensions = {});

  // Several errors of one request, e.g. every broken validation rule. `details` must not be empty.
  explicit ApiError(std::vector<ErrorDetail> details);

  // 403, the same for what is hidden and for what does not exist. Without a reason: an item that was not found.
  static ApiError forbidden();
  static ApiError forbidden(std::string reason);
  static ApiError invalid_payload(std::string reason);
  static ApiError invalid_query(std::string reason);
  static ApiError invalid_credentials();
  static ApiError route_not_found(std::string_view path);
  static ApiError unprocessable(std::string reason);
  static ApiError internal(std::string message);
  // A broken validation rule: `type` is the rule's name, `path` the relational fields above the item.
  static ErrorDetail failed_validation(std::string_view field, std::string_view type, const json::array& path = {},
                                       json::object further = {});

  const std::vector<ErrorDetail>& details() const { return details_; }

  // The status of the answer: the details' common one, 500 where they differ.
  int status() const;

  const char* what() const noexcept override { return details_.front().message.c_str(); }

 private:
  std::vector<ErrorDetail> details_;
};

}  // namespace ashlar
