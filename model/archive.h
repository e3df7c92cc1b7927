// How State is written down: one `visit(archive, value)` per struct serves the snapshot, its size,
// its digest and its restoration. The bytes are canonical: fixed-width little-endian integers,
// lengths before contents, fields in the order of declaration, no padding.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/boxed.h"
#include "sim/time.h"

namespace tablekey::model {

/// A snapshot that is not one of ours, or of another version.
struct BadSnapshot : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class T>
concept Plain = std::integral<T> || std::is_enum_v<T>;

/// Writes values one after the other. With `counting` it only measures.
template <bool counting>
class ArchiveWriter {
 public:
  static constexpr bool kLoading = false;

  void bytes(const void* data, std::size_t size) {
    if constexpr (counting) {
      size_ += size;
    } else {
      if (size > out_.size() - size_) out_.resize(std::max(2 * out_.size(), size_ + size));
      if (size != 0) std::memcpy(out_.data() + size_, data, size);
      size_ += size;
    }
  }
  template <Plain T>
  void plain(const T& value) {
    std::uint64_t wide = 0;
    if constexpr (std::is_enum_v<T>) {
      wide = static_cast<std::uint64_t>(std::to_underlying(value));
    } else {
      wide = static_cast<std::uint64_t>(value);
    }
    std::array<std::uint8_t, sizeof(T)> little;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      little[i] = static_cast<std::uint8_t>(wide >> (8 * i));
    }
    bytes(little.data(), little.size());
  }
  /// Room for so many bytes in all, so that nothing is moved on the way.
  void reserve(std::size_t size) { out_.resize(size); }
  std::size_t size() const { return size_; }
  std::vector<std::uint8_t> take() {
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  std::size_t size_ = 0;  // written so far
  std::vector<std::uint8_t> out_;
};

/// Reads what a writer wrote. Throws BadSnapshot rather than read past the end.
class ArchiveReader {
 public:
  static constexpr bool kLoading = true;

  explicit ArchiveReader(std::span<const std::uint8_t> in) : in_(in) {}

  void bytes(void* data, std::size_t size) {
    if (size > in_.size()) throw BadSnapshot("the snapshot ends too early");
    if (size != 0) std::memcpy(data, in_.data(), size);
    in_ = in_.subspan(size);
  }
  template <Plain T>
  void plain(T& value) {
    std::array<std::uint8_t, sizeof(T)> little;
    bytes(little.data(), little.size());
    std::uint64_t wide = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      wide |= static_cast<std::uint64_t>(little[i]) << (8 * i);
    }
    value = static_cast<T>(wide);
  }
  std::size_t left() const { return in_.size(); }

 private:
  std::span<const std::uint8_t> in_;
};

// The archive is asked for by reference and the value is const only when writing.
template <class Archive, class T>
void visit_value(Archive& archive, T& value);

template <class Archive, class... T>
void visit_all(Archive& archive, T&... values) {
  (visit_value(archive, values), ...);
}

namespace archive_detail {

template <class T>
struct IsVector : std::false_type {};
template <class T, class A>
struct IsVector<std::vector<T, A>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsArray : std::false_type {};
template <class T, std::size_t n>
struct IsArray<std::array<T, n>> : std::true_type {};

template <class T>
struct IsBoxed : std::false_type {};
template <class T>
struct IsBoxed<Boxed<T>> : std::true_type {};
template <class T>
struct IsPair : std::false_type {};
template <class A, class B>
struct IsPair<std::pair<A, B>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class K, class V>
struct IsMap<std::map<K, V>> : std::true_type {};

template <class Archive, class Map>
void visit_map(Archive& archive, Map& map) {
  std::uint64_t count = map.size();
  archive.plain(count);
  if constexpr (Archive::kLoading) {
    if (count > archive.left()) throw BadSnapshot("a length in the snapshot is impossible");
    for (std::uint64_t i = 0; i < count; ++i) {
      typename Map::key_type key{};
      visit_value(archive, key);
      visit_value(archive, map[key]);
    }
  } else {
    for (auto& [key, value] : map) {
      visit_value(archive, key);
      visit_value(archive, value);
    }
  }
}

template <class Archive, class Box>
void visit_boxed(Archive& archive, Box& box) {
  bool present = static_cast<bool>(box);
  archive.plain(present);
  if (!present) return;
  if constexpr (Archive::kLoading) {
    visit_value(archive, box.make());
  } else {
    visit_value(archive, *box);
  }
}

template <class Archive, class Sequence>
void visit_sequence(Archive& archive, Sequence& sequence) {
  using Item = std::remove_cvref_t<decltype(sequence[0])>;
  std::uint64_t count = sequence.size();
  archive.plain(count);
  if constexpr (Archive::kLoading) {
    if (count > archive.left()) throw BadSnapshot("a length in the snapshot is impossible");
    sequence.resize(count);
  }
  if constexpr (sizeof(Item) == 1) {
    archive.bytes(sequence.data(), count);
  } else {
    for (auto& item : sequence) visit_value(archive, item);
  }
}

}  // namespace archive_detail

template <class Archive, class T>
void visit_value(Archive& archive, T& value) {
  using Bare = std::remove_const_t<T>;
  if constexpr (Plain<Bare>) {
    archive.plain(value);
  } else if constexpr (std::is_same_v<Bare, sim::Time>) {
    std::int64_t count = value.nanoseconds();
    archive.plain(count);
    if constexpr (Archive::kLoading) value = sim::Time::from_nanoseconds(count);
  } else if constexpr (std::is_same_v<Bare, sim::Duration>) {
    std::int64_t count = value.count();
    archive.plain(count);
    if constexpr (Archive::kLoading) value = sim::Duration::nanoseconds(count);
  } else if constexpr (archive_detail::IsVector<Bare>::value || std::is_same_v<Bare, std::string>) {
    archive_detail::visit_sequence(archive, value);
  } else if constexpr (archive_detail::IsArray<Bare>::value) {
    for (auto& item : value) visit_value(archive, item);
  } else if constexpr (archive_detail::IsBoxed<Bare>::value) {
    archive_detail::visit_boxed(archive, value);
  } else if constexpr (archive_detail::IsMap<Bare>::value) {
    archive_detail::visit_map(archive, value);
  } else if constexpr (archive_detail::IsPair<Bare>::value) {
    visit_all(archive, value.first, value.second);
  } else if constexpr (archive_detail::IsOptional<Bare>::value) {
    bool present = value.has_value();
    archive.plain(present);
    if constexpr (Archive::kLoading) {
      if (present) value.emplace();
    }
    if (present) visit_value(archive, *value);
  } else {
    visit(archive, value);
  }
}

}  // namespace tablekey::model
