// What a restore makes otherwise than its source was: secondary indexes and on-demand limits.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/dynamodb_call.h"
#include "scenarios/emit.h"
#include "scenarios/table_properties.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

// The table that the restore is made from, for what its attributes are; nothing: it is unknown.
const DraftTable* source_of(const TableCallReader& reader) {
  const std::uint32_t made = reader.context.step.made_table;
  if (made == kNone) return nullptr;
  const std::uint32_t source = reader.draft().tables[made].restored_from;
  return source == kNone ? nullptr : &reader.draft().tables[source];
}

// Whether the source has such an index is the run's business: it may have been deleted by then.
std::vector<DraftIndex> read_overridden(TableCallReader& reader, const Node& node,
                                        std::string_view field, bool local) {
  std::vector<DraftIndex> indexes;
  if (!node.is_sequence()) {
    reader.diagnostics().error(
        node.place, fmt::format("{} must be a list, this is {}", field, kind_name(node)));
    return indexes;
  }
  const DraftTable* source = source_of(reader);
  if (source == nullptr) return indexes;
  DraftTable scratch = *source;
  for (const Node& entry : node.items) {
    if (auto index = read_index(entry, local, scratch, reader.diagnostics())) {
      indexes.push_back(std::move(*index));
    }
  }
  return indexes;
}

}  // namespace

void read_local_index_override(TableCallReader& reader, const Node& node, std::string_view field) {
  const auto indexes = read_overridden(reader, node, field, true);
  reader.call.setHasLocalIndexOverride(true);
  auto list = reader.call.initLocalIndexOverride(static_cast<std::uint32_t>(indexes.size()));
  for (std::uint32_t i = 0; i < list.size(); ++i) emit_index(indexes[i], list[i]);
}

void read_global_index_override(TableCallReader& reader, const Node& node, std::string_view field) {
  const auto indexes = read_overridden(reader, node, field, false);
  reader.call.setHasGlobalIndexOverride(true);
  auto list = reader.call.initGlobalIndexOverride(static_cast<std::uint32_t>(indexes.size()));
  for (std::uint32_t i = 0; i < list.size(); ++i) emit_index(indexes[i], list[i]);
}

void read_on_demand_override(TableCallReader& reader, const Node& node, std::string_view field) {
  const auto units = read_request_limits(node, field, reader.diagnostics());
  if (!units) return;
  reader.call.setHasOnDemandThroughput(true);
  reader.call.setOnDemandReads(units->read);
  reader.call.setOnDemandWrites(units->write);
}

}  // namespace tablekey::scenarios
