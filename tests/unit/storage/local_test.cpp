#include "storage/local.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "support/support.h"

namespace ashlar::storage {
namespace {

namespace fs = std::filesystem;

class LocalStorageTest : public testing::Test {
 protected:
  std::string content(std::string_view name) {
    std::string out;
    storage.read(name, {}, [&](std::string_view piece) { out += piece; });
    return out;
  }
  std::vector<std::string> names(std::string_view prefix) {
    std::vector<std::string> out;
    storage.list(prefix, [&](std::string_view name) { out.emplace_back(name); });
    std::sort(out.begin(), out.end());
    return out;
  }
  std::size_t files_in_all() {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) count += entry.is_regular_file();
    return count;
  }

  test::TemporaryFolder folder;
  LocalStorage storage{folder.path() / "root"};
};

TEST_F(LocalStorageTest, GivesBackWhatWasWritten) {
  EXPECT_EQ(storage.write("a/b.txt", source_of("hello"), "text/plain"), 5U);
  EXPECT_EQ(content("a/b.txt"), "hello");
  EXPECT_EQ(storage.stat("a/b.txt")->size, 5U);
  EXPECT_FALSE(storage.stat("a"));
  EXPECT_FALSE(storage.stat("nothing"));
  storage.write("a/b.txt", source_of("other"), "text/plain");
  EXPECT_EQ(content("a/b.txt"), "other");
}

TEST_F(LocalStorageTest, ReadsRanges) {
  storage.write("a", source_of("0123456789"), "");
  std::string out;
  storage.read("a", {3, 4}, [&](std::string_view piece) { out += piece; });
  EXPECT_EQ(out, "3456");
}

TEST_F(LocalStorageTest, StaysBelowItsRoot) {
  storage.write("../../x/./../up.txt", source_of("1"), "");
  EXPECT_TRUE(fs::exists(folder.path() / "root/up.txt"));
  EXPECT_EQ(normalized_name("/../a//b/../c"), "a/c");
}

TEST_F(LocalStorageTest, MovesCopiesRemovesAndLists) {
  storage.write("one.txt", source_of("1"), "");
  storage.move("one.txt", "deep/two.txt");
  storage.copy("deep/two.txt", "deep/three.txt");
  EXPECT_EQ(names(""), (std::vector<std::string>{"deep/three.txt", "deep/two.txt"}));
  EXPECT_EQ(names("deep/th"), (std::vector<std::string>{"deep/three.txt"}));
  storage.remove("deep/two.txt");
  storage.remove("deep/two.txt");
  EXPECT_EQ(names("deep/"), (std::vector<std::string>{"deep/three.txt"}));
  EXPECT_THROW(storage.move("nothing", "x"), StorageError);
}

TEST_F(LocalStorageTest, JoinsParts) {
  storage.write("p1", source_of("abc"), "");
  storage.write("p2", source_of("de"), "");
  storage.join({"p1", "p2"}, "whole", "");
  EXPECT_EQ(content("whole"), "abcde");
  storage.Storage::join({"p2", "p1"}, "other", "");
  EXPECT_EQ(content("other"), "deabc");
}

TEST_F(LocalStorageTest, LeavesNothingOfAFailedWrite) {
  storage.write("a", source_of("old"), "");
  const Source failing = [first = true](char* buffer, std::size_t) mutable -> std::size_t {
    if (!first) throw std::runtime_error("the client went away");
    first = false;
    buffer[0] = 'x';
    return 1;
  };
  EXPECT_THROW(storage.write("a", failing, ""), std::runtime_error);
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(files_in_all(), 1U);
}

// A limit on the size of files fails as a full disk does: in the middle of a write.
TEST_F(LocalStorageTest, LeavesNothingWhereTheDiskIsFull) {
  storage.write("a", source_of("old"), "");
  const auto child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::size_t left = 1'000'000;
    const Source large = [&](char*, std::size_t size) {
      const auto given = std::min(left, size);
      left -= given;
      return given;
    };
    try {
      storage.write("a", large, "");
    } catch (const StorageError& error) {
      _exit(error.kind() == StorageError::Kind::unavailable ? 0 : 2);
    }
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(files_in_all(), 1U);
}

}  // namespace
}  // namespace ashlar::storage
