#include "base/request_context.h"

namespace ashlar {
namespace {

thread_local const RequestContext* current = nullptr;

}  // namespace

std::string RequestContext::name() const {
  constexpr std::size_t longest = 128;
  if (const auto id = header("x-request-id"); !id.empty() && id.size() <= longest) return std::string(id);
  // "00-TRACE-SPAN-FLAGS": the trace alone is what other programs' logs show.
  constexpr std::size_t trace_begin = 3, trace_size = 32;
  const auto parent = header("traceparent");
  if (parent.size() > trace_begin + trace_size) return std::string(parent.substr(trace_begin, trace_size));
  return std::to_string(number_);
}

const RequestContext* current_request() { return current; }

RequestScope::RequestScope(const RequestContext& context) : outer_(current) { current = &context; }

RequestScope::~RequestScope() { current = outer_; }

}  // namespace ashlar
