// What decides an event must not look at the wall clock, the machine or the library's own notions
// of randomness and mathematics. The rule is a list of words that the room's files may not contain.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace purity_test {

namespace {

// The shell's files speak to the outside world, and nothing of theirs decides an event.
constexpr std::array<std::string_view, 4> kShell{"shell.h", "shell.cpp", "clock.h", "clock.cpp"};

constexpr std::array<std::string_view, 22> kForbidden{
    "<chrono>",      "<random>",  "<cmath>",   "<math.h>",   "<ctime>",         "<time.h>",
    "<thread>",      "<atomic>",  "<locale>",  "<iostream>", "<unordered_map>", "<unordered_set>",
    "boost/",        "std::hash", "std::log(", "std::exp(",  "std::pow(",       "std::sqrt(",
    "random_device", "getenv",    "openssl/",  "capnp/"};

std::vector<std::filesystem::path> files_of_room() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(TABLEKEY_SOURCE_DIR) / "sim")) {
    if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("No file of the simulation but its shell can see the machine that it runs on") {
  const auto files = files_of_room();
  REQUIRE(files.size() > 20);
  for (const auto& file : files) {
    if (std::ranges::find(kShell, file.filename().string()) != kShell.end()) {
      continue;
    }
    const std::string text = text_of(file);
    for (const std::string_view word : kForbidden) {
      INFO(file << " contains " << word);
      CHECK(text.find(word) == std::string::npos);
    }
  }
}

TEST_CASE("The simulation includes nothing of ours but itself, and Asio in one header only") {
  for (const auto& file : files_of_room()) {
    std::istringstream lines(text_of(file));
    for (std::string line; std::getline(lines, line);) {
      INFO(file << ": " << line);
      if (line.starts_with("#include \"")) {
        CHECK(line.starts_with("#include \"sim/"));
      }
      if (file.extension() == ".h" && line.starts_with("#include <boost/")) {
        CHECK(file.filename() == "clock.h");
      }
    }
  }
}

}  // namespace purity_test
