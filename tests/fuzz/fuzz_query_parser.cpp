// The first stage of every read on any bytes: query strings, lists of names, function calls, paths. It may refuse them,
// and must do nothing else.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "query/function.h"
#include "query/parameters.h"
#include "query/parse.h"

namespace {

template <class Work>
void may_refuse(const Work& work) {
  try {
    work();
  } catch (const ashlar::ApiError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ashlar::query;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  QueryLimits limits;
  may_refuse([&] { parse_query(parse_parameters(text, {}), limits); });
  if (const auto body = ashlar::parse_json(text); body && body->is_object()) {
    limits.maximum = 50;
    may_refuse([&] { parse_query(body->get_object(), limits); });
  }
  may_refuse([&] { split_names(text); });
  may_refuse([&] { split_path(text); });
  may_refuse([&] {
    if (const auto call = parse_function(text)) output_name(*call);
  });
  return 0;
}
