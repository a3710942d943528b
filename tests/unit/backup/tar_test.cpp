#include "backup/tar.h"

#include <gtest/gtest.h>

#include "backup/pipe.h"
#include "backup/watch.h"
#include "base/digest.h"
#include "base/random.h"

namespace ashlar::backup {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

std::string packed(const Members& members) {
  std::string out;
  TarWriter writer([&](std::string_view bytes) { out += bytes; });
  for (const auto& [name, bytes] : members) {
    const auto digest =
        writer.add({name, bytes.size(), {1'700'000'000'000}}, storage::source_of(std::string_view(bytes)));
    EXPECT_EQ(digest, hex(sha256(bytes)));
  }
  writer.finish();
  return out;
}

Members unpacked(std::string_view archive) {
  TarReader reader(storage::source_of(archive));
  Members members;
  while (const auto member = reader.next()) {
    std::string bytes;
    char buffer[5000];
    while (const auto got = reader.read(buffer, sizeof buffer)) bytes.append(buffer, got);
    EXPECT_EQ(bytes.size(), member->size);
    members.emplace_back(member->name, bytes);
  }
  reader.finish();
  return members;
}

const Members some{{"about.json", "{}"},
                   {"files/local/" + std::string(300, 'x') + "/ä \"ö\".txt", random_bytes(300'000)},
                   {"empty", ""}};

TEST(Tar, GivesBackNamesAndBytes) { EXPECT_EQ(unpacked(packed(some)), some); }

TEST(Tar, NoticesEveryChangedBit) {
  const auto archive = packed({{"a", "some text"}, {"b", std::string(5000, 'b')}});
  for (std::size_t at = 0; at < archive.size(); ++at) {
    auto changed = archive;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    EXPECT_THROW(unpacked(changed), Damaged) << at << " of " << archive.size();
  }
}

TEST(Tar, NoticesEveryCut) {
  const auto archive = packed({{"a", "some text"}, {"b", std::string(5000, 'b')}});
  for (std::size_t size = 0; size < archive.size(); ++size) {
    EXPECT_THROW(unpacked(archive.substr(0, size)), Damaged) << size << " of " << archive.size();
  }
}

TEST(Tar, RefusesSourcesOfAnotherSize) {
  TarWriter writer([](std::string_view) {});
  EXPECT_THROW(writer.add({"a", 3}, storage::source_of(std::string_view("ab"))), std::runtime_error);
  EXPECT_THROW(writer.add({"b", 1}, storage::source_of(std::string_view("ab"))), std::runtime_error);
}

// A storage that keeps one object, and may fail.
class OneObject : public storage::Storage {
 public:
  std::optional<storage::Stat> stat(std::string_view) override { return std::nullopt; }
  void read(std::string_view, const storage::Range&, const storage::Sink&) override {}
  std::uint64_t write(std::string_view, const storage::Source& source, std::string_view) override {
    std::string got;
    char buffer[1000];
    while (const auto size = source(buffer, sizeof buffer)) {
      got.append(buffer, size);
      if (got.size() > fails_after) throw std::runtime_error("the disk is full");
    }
    object = got;
    return got.size();
  }
  void copy(std::string_view, std::string_view) override {}
  void remove(std::string_view) override {}
  void list(std::string_view, const std::function<void(std::string_view)>&) override {}

  std::optional<std::string> object;
  std::size_t fails_after = SIZE_MAX;
};

TEST(Pipe, StoresWhatIsPushed) {
  OneObject storage;
  const auto text = random_bytes(9'000'000);
  const auto size = write_pushed(storage, "x", "", [&](const storage::Sink& push) {
    for (std::size_t at = 0; at < text.size(); at += 70'000) push(std::string_view(text).substr(at, 70'000));
  });
  EXPECT_EQ(size, text.size());
  EXPECT_EQ(storage.object, text);
}

TEST(Pipe, StoresNothingWhereThePusherFails) {
  OneObject storage;
  EXPECT_THROW(write_pushed(storage, "x", "",
                            [](const storage::Sink& push) {
                              push("abc");
                              throw Damaged("no");
                            }),
               Damaged);
  EXPECT_FALSE(storage.object);
}

TEST(Pipe, EndsThePusherWhereTheStorageFails) {
  OneObject storage;
  storage.fails_after = 100'000;
  const auto push_for_ever = [](const storage::Sink& push) {
    for (;;) push(std::string(50'000, 'x'));
  };
  EXPECT_THROW(write_pushed(storage, "x", "", push_for_ever), std::runtime_error);
}

}  // namespace
}  // namespace ashlar::backup
