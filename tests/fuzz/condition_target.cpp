// The evaluator: the bytes choose a request and policies of every kind, with all operators, and the
// engine must decide and explain as the slow evaluator does.
#include <cstdint>
#include <cstdio>

#include "tests/fuzz/reader.h"
#include "tests/fuzz/require.h"
#include "tests/model/iam/drawn_case.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace iam = tablekey::model::iam;
  tablekey::fuzz::Reader dice(data, size);
  const iam::DrawnCase drawn = iam::draw_case(dice);
  const iam::EngineCase engine(drawn);
  const iam::Explanation why = iam::explain(engine.request(), engine.policies());
  tablekey::fuzz::require(why.decision == iam::evaluate(engine.request(), engine.policies()),
                          "an explanation tells the decision");
  const std::string differs =
      iam::difference(iam::answer_of(why), tablekey::slow::decide(drawn.asked, drawn.papers));
  if (!differs.empty()) std::fprintf(stderr, "%s\n", differs.c_str());
  tablekey::fuzz::require(differs.empty(), "the engine decides as the slow evaluator does");
  return 0;
}
