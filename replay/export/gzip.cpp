#include "replay/export/gzip.h"

#include <zlib.h>

#include <array>
#include <utility>

#include "model/law.h"

namespace tablekey::replay {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, in gzip's wrapping
constexpr int kMemory = 8;
constexpr int kUnknownSystem = 255;  // RFC 1952, OS

}  // namespace

struct Gzip::Stream {
  z_stream z{};
  gz_header header{};
  std::array<unsigned char, 16384> out{};
};

Gzip::Gzip(Sink sink) : sink_(std::move(sink)), stream_(std::make_unique<Stream>()) {
  z_stream& z = stream_->z;
  const int begun =
      deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY);
  model::law(begun == Z_OK, "zlib takes its own settings");
  stream_->header.os = kUnknownSystem;  // the time stays 0: none
  model::law(deflateSetHeader(&z, &stream_->header) == Z_OK, "a gzip file has a header");
}

Gzip::~Gzip() { deflateEnd(&stream_->z); }

void Gzip::write(std::string_view text) {
  z_stream& z = stream_->z;
  // zlib reads from here and writes nothing, though it asks for a pointer that could.
  z.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  run(Z_NO_FLUSH);
}

void Gzip::finish() { run(Z_FINISH); }

void Gzip::run(int flush) {
  z_stream& z = stream_->z;
  do {
    z.next_out = stream_->out.data();
    z.avail_out = static_cast<uInt>(stream_->out.size());
    model::law(deflate(&z, flush) != Z_STREAM_ERROR, "a gzip file can always go on");
    const std::size_t made = stream_->out.size() - z.avail_out;
    if (made != 0) sink_({reinterpret_cast<const char*>(stream_->out.data()), made});
  } while (z.avail_out == 0);
}

}  // namespace tablekey::replay
