// A value that a caller gave is sealed under another data key. It is the same record: what it says
// and which version it is stay. For apply alone.
#pragma once

#include "crypto/bytes.h"
#include "event.capnp.h"
#include "model/dynamodb/table_state.h"
#include "model/law.h"

namespace tablekey::model {

inline void seal_anew(Table& table, events::ItemChange::Reader sealed) {
  law(sealed.getItem() < table.items.size(), "an item that is sealed anew was written");
  Item& record = table.items.change(sealed.getItem());
  law(record.given && record.version == sealed.getVersion(), "a record is sealed anew as it is");
  record.tag_high = sealed.getTagHigh();
  record.tag_low = sealed.getTagLow();
  GivenItem& value = table.detail.make().given[sealed.getItem()];
  value.sealed.assign(sealed.getSealed().begin(), sealed.getSealed().end());
  crypto::store_big_endian<8>(sealed.getIvHead(), value.iv.data());
  crypto::store_big_endian<4>(sealed.getIvTail(), value.iv.data() + 8);
}

}  // namespace tablekey::model
