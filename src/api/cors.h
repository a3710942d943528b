// CORS: which pages of other origins may use the API (CORS_*); contract files-server 11.2.
#pragma once
#include <optional>
#include <string>

#include "config/settings.h"
#include "http/request.h"
#include "http/response.h"

namespace ashlar::api {

class Cors {
 public:
  explicit Cors(const config::CorsSettings& settings);

  bool enabled() const { return enabled_; }
  // The answer to a preflight; nothing for other methods than OPTIONS.
  std::optional<http::Response> preflight(const http::Request& request) const;
  // Adds to an answer what pages need to read it.
  void adorn(const http::Request& request, http::Response& response) const;

 private:
  std::string allowed_origin(std::string_view origin) const;

  const config::CorsSettings& settings_;
  bool enabled_;
  std::string methods_, allowed_headers_, exposed_headers_;
};

}  // namespace ashlar::api
