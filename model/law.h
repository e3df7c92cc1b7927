// The laws that the world keeps whatever the scenario says. A broken one is a bug of tablekey (or a
// trace that no tablekey wrote): the run stops, and whoever drives it closes the trace and tells
// the user how to reproduce it.
#pragma once

#include <stdexcept>
#include <string>

namespace tablekey::model {

struct BrokenLaw : std::logic_error {
  using std::logic_error::logic_error;
};

inline void law(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    throw BrokenLaw(what);
}

/// Element `index` of a container whose index came out of an event or a snapshot.
template <class Container, class Index>
decltype(auto) at(Container&& container, Index index) {
  if (static_cast<std::size_t>(index) >= container.size()) [[unlikely]] {
    throw BrokenLaw("an event names something that does not exist");
  }
  // An index that fits the size fits the container's own index type.
  return container[static_cast<decltype(container.size())>(index)];
}

}  // namespace tablekey::model
