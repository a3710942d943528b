#include "base/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "base/descriptor.h"

namespace ashlar {
namespace {

using Words = std::vector<std::string>;

Words shell(std::string script) { return {"sh", "-c", std::move(script)}; }

std::string printed_by(Words words, Words environment) {
  PipeEnds ends;
  Process process(std::move(words), std::move(environment), {.out = ends.write.value()});
  ends.write.close();
  auto text = read_to_end(ends.read.value());
  EXPECT_TRUE(process.wait().is_success());
  return text;
}

TEST(Process, HasTheGivenEnvironmentAndNoOther) {
  EXPECT_EQ(printed_by({"/usr/bin/env"}, {"A=1", "B=two words"}), "A=1\nB=two words\n");
}

TEST(Process, WritesToDescriptorThree) {
  PipeEnds ends;
  Process process(shell("echo other; echo three >&3"), {}, {.three = ends.write.value()});
  ends.write.close();
  EXPECT_EQ(read_to_end(ends.read.value()), "three\n");
  EXPECT_TRUE(process.wait().is_success());
}

TEST(Process, TellsHowItEnded) {
  const auto end = Process(shell("exit 75"), {}, {}).wait();
  EXPECT_EQ(end.status, 75);
  EXPECT_FALSE(end.is_success());
  const auto killed = Process(shell("kill -TERM $$"), {}, {}).wait();
  EXPECT_FALSE(killed.status);
  EXPECT_EQ(killed.signal, SIGTERM);
  EXPECT_FALSE(killed.is_success());
}

// What we ignore, a child would ignore, too: `yes | head` would never end.
TEST(Process, EndsWhereNobodyReadsWhatItPrints) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(printed_by(shell("yes | head -n 1"), environment_of({"PATH"})), "y\n");
  ::signal(SIGPIPE, before);
}

TEST(Process, IsKilledWithItsObject) {
  PipeEnds ends;
  {
    Process process(shell("echo here; exec tail -f /dev/null"), {}, {.out = ends.write.value()});
    ends.write.close();
    char first = 0;
    EXPECT_EQ(::read(ends.read.value(), &first, 1), 1);
    EXPECT_THROW(process.wait([] { throw std::runtime_error("enough"); }), std::runtime_error);
  }
  EXPECT_EQ(read_to_end(ends.read.value()), "ere\n");
}

TEST(Process, SaysWhyItDoesNotStart) {
  try {
    Process({"no-such-program"}, {}, {});
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
  }
}

}  // namespace
}  // namespace ashlar
