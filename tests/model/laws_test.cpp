// The laws of design.md 1 over drawn scenarios: what the events say is all there is.
#include "tests/model/world_builder.h"

namespace tablekey::model::tests {

TEST_CASE("A table comes and is read") {
  Play play(books_read_every(1, 30));
  play.run();
  CHECK(play.of(Event::TABLE_ACTIVATED).size() == 1);
  CHECK(play.of(Event::ITEM_READ).size() > 10);
  for (const KeptEvent& e : play.all()) {
    UNSCOPED_INFO(e.seconds() << " " << static_cast<int>(e.read().which()));
  }
  CHECK(play.of(Event::REQUEST_FAILED).empty());
}

}  // namespace tablekey::model::tests
