// floor sqlite FILE PORT | floor postgres CONNECTION_STRING PORT
#include <charconv>
#include <exception>
#include <iostream>
#include <string_view>

#include "server.h"
#include "source.h"
#include "write.h"

namespace {

constexpr int thread_count = 2;

using ashlar::bench::Source;

struct Path {
  std::string_view path;
  void (Source::*write)(std::string& out);
};
constexpr Path paths[] = {{"/rows", &Source::rows},       {"/filtered", &Source::filtered},
                          {"/related", &Source::related}, {"/nested", &Source::nested},
                          {"/tagged", &Source::tagged},   {"/pages", &Source::pages},
                          {"/grouped", &Source::grouped}, {"/count", &Source::count}};

bool answer(Source& source, std::string_view target, std::string& body) {
  constexpr std::string_view row = "/row/";
  if (target == "/empty") {
    body = "pong";
    return true;
  }
  if (target.starts_with(row)) {
    std::int64_t key = 0;
    std::from_chars(target.data() + row.size(), target.data() + target.size(), key);
    source.row(body, key);
    return true;
  }
  for (const auto& [path, write] : paths) {
    if (path != target) continue;
    (source.*write)(body);
    return true;
  }
  return false;
}

}  // namespace

int main(int count, char** values) {
  if (count != 4) {
    std::cerr << "usage: floor sqlite FILE PORT | floor postgres CONNECTION_STRING PORT\n";
    return 2;
  }
  const bool is_sqlite = std::string_view(values[1]) == "sqlite";
  try {
    ashlar::bench::serve(
        static_cast<std::uint16_t>(std::stoi(values[3])), thread_count, [&]() -> ashlar::bench::Handler {
          const std::shared_ptr source =
              is_sqlite ? ashlar::bench::open_sqlite(values[2]) : ashlar::bench::open_postgres(values[2]);
          const std::shared_ptr writer =
              is_sqlite ? ashlar::bench::open_sqlite_writer(values[2]) : ashlar::bench::open_postgres_writer(values[2]);
          return [source, writer](std::string_view target, std::string_view request, std::string& body) {
            if (target != "/write") return answer(*source, target, body);
            writer->run(body, request);
            return true;
          };
        });
  } catch (const std::exception& error) {
    std::cerr << "floor: " << error.what() << '\n';
    return 1;
  }
}
