// Backups as callers see them, and what is in them (dynamodb.md 7.3).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/state.h"

namespace tablekey::model {

/// The record of an item in a backup; version 0: there is no such item.
State::ItemView backed_up_item(const State& state, const Backup& backup, std::uint32_t item);

/// Sets a backup's count and bytes from its items.
void count_items(const State& state, Backup& backup);

/// arn:aws:dynamodb:<region>:<account>:table/<name>/backup/<ms since the epoch>-<8 hex digits>
std::string backup_arn(const State& state, std::uint32_t backup);

/// Whether a backup of the table is being made: the table cannot be deleted meanwhile
/// (dynamodb.md 7.3).
bool backup_under_way(const State& state, std::uint32_t table);

/// The last backup of the table of that type that DynamoDB made by itself (step 0) and that still
/// is there; kNone: there is none. Archival backups are those with the reason of
/// TableDetail::archival_backup.
std::uint32_t system_backup_of(const State& state, std::uint32_t table);

/// The backup that a request means, whether it exists or not any more; kNone: it names none.
std::uint32_t backup_meant(const State& state, events::BackupReference::Reader reference);

/// The global indexes that a backup of the table has, by number: those that are complete.
std::vector<std::uint32_t> complete_indexes(const TableDetail& detail);

/// Whether a caller may see it: it is not deleted, and not one that a restore made for itself.
bool shown(const Backup& backup);

}  // namespace tablekey::model
