// A value that most of its owners never need: no memory until it is first changed.
#pragma once

#include <memory>

namespace tablekey::model {

/// Behaves as a T that is at its default until make() is called. Copies deeply.
template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Boxed& operator=(const Boxed& other) {
    if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  const T& operator*() const { return value_ ? *value_ : standard(); }
  const T* operator->() const { return &**this; }
  explicit operator bool() const { return value_ != nullptr; }
  /// The value, to be changed.
  T& make() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }
  void reset() { value_.reset(); }

 private:
  static const T& standard() {
    static const T value{};
    return value;
  }
  std::unique_ptr<T> value_;
};

}  // namespace tablekey::model
