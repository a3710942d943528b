// The headers that every answer has, and those that caches and browsers need.
#pragma once
#include <string>
#include <string_view>

#include "config/settings.h"
#include "http/router.h"

namespace ashlar::api {

// Whole lines for ServerOptions::default_headers: X-Powered-By, Content-Security-Policy and their like.
std::string default_headers(const config::Settings& settings);

// The value of Content-Security-Policy for what people have uploaded.
std::string assets_security_policy(const config::Settings& settings);

// Middleware for JSON answers: Cache-Control, Vary, a weak ETag for GET, and 304 where the client has the answer.
http::Response with_cache_headers(http::Request& request, const http::Next& next);

// The weak tag of a body.
std::string etag_of(std::string_view body);

// Turns the answer into a 304 where the client has it already, by its ETag header.
void leave_out_known(const http::Request& request, http::Response& response);

}  // namespace ashlar::api
