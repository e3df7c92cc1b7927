// What the verbs say through: the message about a bug of our own, which no scenario can provoke,
// and the small things that messages are made of.
#include "replay/verbs/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <new>
#include <sstream>

#include "model/law.h"
#include "model/world.h"
#include "replay/verbs/descriptor_stream.h"

namespace tablekey::replay::verbs::console_test {
namespace {

struct Spoken {
  std::ostringstream out, err;
  Console console{out, err, "0.1.0"};
};

TEST_CASE("a broken law is told as a bug with version, command, seed and trace, and ends with 4") {
  Spoken spoken;
  spoken.console.command = "tablekey run books.yaml";
  const int code = guarded(spoken.console, [](Console& console) -> int {
    console.seed = 7;
    console.trace = "books.tk";
    model::law(false, "a grant has one key");
    return kExitOk;
  });
  CHECK(code == kExitBug);
  CHECK(spoken.err.str() ==
        "this is a bug in tablekey: a grant has one key\n"
        "  version  0.1.0 (behaviour " +
            std::to_string(model::kBehaviourVersion) +
            ")\n"
            "  again    tablekey run books.yaml --seed 7\n"
            "  trace    books.tk holds the run up to here\n"
            "  please report it with these lines and the scenario\n");
  CHECK(spoken.out.str().empty());
}

TEST_CASE("the command of a bug keeps a seed that it has") {
  Spoken spoken;
  spoken.console.command = "tablekey run books.yaml --seed 7";
  spoken.console.seed = 7;
  CHECK(guarded(spoken.console, [](Console&) -> int { throw std::logic_error("x"); }) == kExitBug);
  CHECK(spoken.err.str().find("  again    tablekey run books.yaml --seed 7\n") !=
        std::string::npos);
}

TEST_CASE("too little memory is no bug") {
  Spoken spoken;
  CHECK(guarded(spoken.console, [](Console&) -> int { throw std::bad_alloc(); }) == kExitIo);
  CHECK(spoken.err.str() == "error: there is not enough memory\n");
}

TEST_CASE("a verb's own exit code passes") {
  Spoken spoken;
  CHECK(guarded(spoken.console, [](Console&) { return kExitTimeLimit; }) == kExitTimeLimit);
  CHECK(spoken.err.str().empty());
}

TEST_CASE("a listing ends without a word when its reader is gone") {
  Spoken spoken;
  spoken.out.setstate(std::ios::badbit);
  const int code = guarded(spoken.console, [](Console& console) -> int {
    console.check_output();
    return kExitDiffers;
  });
  CHECK(code == kExitOk);
  CHECK(spoken.err.str().empty());
}

TEST_CASE("an error shows no control characters of what it quotes") {
  Spoken spoken;
  CHECK(spoken.console.fail(kExitUsage, "no such command '\x1b[2J'", "one\ntwo") == kExitUsage);
  CHECK(spoken.err.str() == "error: no such command '?[2J'\n  one\n  two\n");
}

TEST_CASE("a trace that cannot be used ends with the code of its verdict") {
  using Kind = TraceError::Kind;
  const std::pair<Kind, int> codes[] = {{Kind::unreadable, 3},
                                        {Kind::unfit, 2},
                                        {Kind::torn, 3},
                                        {Kind::damaged, 4},
                                        {Kind::not_a_trace, 5}};
  for (const auto& [kind, code] : codes) {
    Spoken spoken;
    CHECK(spoken.console.fail(TraceError{kind, "it is so"}, "a b.tk") == code);
    CHECK(spoken.err.str().starts_with("error: it is so\n"));
  }
  Spoken spoken;
  spoken.console.fail(TraceError{Kind::damaged, "it is so"}, "a b.tk");
  CHECK(spoken.err.str() ==
        "error: it is so\n"
        "  tablekey verify 'a b.tk' says more; tablekey repair 'a b.tk' -o 'a b-repaired.tk' saves "
        "what is whole\n");
}

TEST_CASE("a command line is printed as a shell reads it") {
  const std::string words[] = {"tablekey", "run", "my file.yaml", "--set", "a=it's", "", "$x"};
  CHECK(command_line(words) == "tablekey run 'my file.yaml' --set 'a=it'\\''s' '' '$x'");
}

TEST_CASE("numbers are grouped by three digits") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(UINT64_MAX) == "18,446,744,073,709,551,615");
  CHECK(counted(1, "event") == "1 event");
  CHECK(counted(20'000, "event") == "20,000 events");
}

TEST_CASE("a descriptor's stream writes all of a long text and remembers why it could not") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  DescriptorBuffer buffer(ends[1]);
  std::ostream stream(&buffer);
  const std::string text(60'000, 'x');
  stream << text << std::flush;
  std::string read(text.size(), ' ');
  std::size_t got = 0;
  while (got < read.size()) {
    const ssize_t count = ::read(ends[0], read.data() + got, read.size() - got);
    REQUIRE(count > 0);
    got += static_cast<std::size_t>(count);
  }
  CHECK(read == text);
  CHECK(buffer.error() == 0);
  ::close(ends[0]);
  ::close(ends[1]);
  stream << std::string(200'000, 'y') << std::flush;
  CHECK(buffer.error() == EBADF);
  CHECK_FALSE(stream.good());
}

}  // namespace
}  // namespace tablekey::replay::verbs::console_test
