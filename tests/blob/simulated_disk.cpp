#include "blob/simulated_disk.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/blob/blob_error.hpp"

namespace hermod::blob::test {
namespace {

Error plain(ErrorKind kind) { return blob_error(kind, ErrorScope::item, Retry::never(), "simulated"); }

}  // namespace

struct SimulatedDisk::Node {
  enum class Kind : std::uint8_t { file, folder } kind = Kind::file;
  // Of a file: as seen, as on the disk, and the blocks that the next sync writes.
  std::string seen, durable;
  std::set<std::size_t> dirty;
  // Of a folder.
  std::map<std::string, NodePtr> entries, durable_entries;
  bool locked = false;

  void mark(std::size_t begin, std::size_t end) {
    for (std::size_t block = begin / block_length; block * block_length < end; ++block) dirty.insert(block);
  }
  void write_block(std::size_t block) {
    const std::size_t begin = block * block_length;
    if (begin >= seen.size()) return;
    const std::size_t length = std::min(block_length, seen.size() - begin);
    if (durable.size() < begin + length) durable.resize(begin + length, '\0');
    std::memcpy(durable.data() + begin, seen.data() + begin, length);
  }
};

class SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedDisk& disk, SimulatedDisk::NodePtr node)
      : disk_(disk), node_(std::move(node)), boot_(disk.boot_) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* buffer, std::size_t length) override {
    require_alive();
    const std::string_view seen = node_->seen;
    if (offset >= seen.size()) return std::size_t{0};
    return seen.copy(buffer, length, offset);
  }

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    require_alive();
    Status counted = disk_.count_call();
    if (!counted) bytes = bytes.substr(0, bytes.size() / 2);
    if (node_->seen.size() < offset + bytes.size()) node_->seen.resize(offset + bytes.size(), '\0');
    std::ranges::copy(bytes, node_->seen.data() + offset);
    node_->mark(offset, offset + bytes.size());
    return counted;
  }

  Status truncate(std::uint64_t length) override {
    require_alive();
    if (Status counted = disk_.count_call(); !counted) return counted;
    node_->seen.resize(length, '\0');
    if (length > 0) node_->mark(length - 1, length);
    return ok();
  }

  Result<std::uint64_t> length() override {
    require_alive();
    return std::uint64_t{node_->seen.size()};
  }

  Status sync() override {
    require_alive();
    ++disk_.syncs_;
    Status counted = disk_.count_call();
    if (counted) {
      node_->durable.resize(node_->seen.size(), '\0');
      for (const std::size_t block : node_->dirty) node_->write_block(block);
    }
    node_->dirty.clear();  // also after a failure: the kernel calls the pages clean
    return counted;
  }

 private:
  void require_alive() const {
    if (boot_ != disk_.boot_) std::abort();  // the test uses a file of before the crash
  }

  SimulatedDisk& disk_;
  SimulatedDisk::NodePtr node_;
  int boot_;
};

class SimulatedLock final : public DirectoryLock {
 public:
  SimulatedLock(const SimulatedDisk& disk, SimulatedDisk::NodePtr node)
      : disk_(disk), node_(std::move(node)), boot_(disk.boot_) {
    node_->locked = true;
  }
  ~SimulatedLock() override {
    if (boot_ == disk_.boot_) node_->locked = false;
  }

 private:
  const SimulatedDisk& disk_;
  SimulatedDisk::NodePtr node_;
  int boot_;
};

SimulatedDisk::SimulatedDisk(const Path& root) : top_(std::make_shared<Node>()), root_(root) {
  top_->kind = Node::Kind::folder;
}

SimulatedDisk::NodePtr SimulatedDisk::find(const Path& path) const {
  NodePtr node = top_;
  for (const Path& name : path.lexically_relative(root_.parent_path())) {
    if (name == ".") continue;
    const auto entry = node->entries.find(name.string());
    if (entry == node->entries.end()) return nullptr;
    node = entry->second;
  }
  return node;
}

Result<SimulatedDisk::NodePtr> SimulatedDisk::folder_of(const Path& path) const {
  NodePtr folder = find(path.parent_path());
  if (!folder) return plain(ErrorKind::not_found);
  return folder;
}

void SimulatedDisk::fail_from(int nth, int count, Error error) {
  calls_to_failure_ = nth;
  failures_left_ = count;
  failure_ = std::move(error);
}

Status SimulatedDisk::count_call() {
  if (failures_left_ == 0 || --calls_to_failure_ > 0) return ok();
  --failures_left_;
  return failure_;
}

void SimulatedDisk::kill_process() {
  ++boot_;
  for (auto& [name, node] : find(root_)->entries) node->locked = false;
}

void SimulatedDisk::lose_power(Unsynced unsynced, std::uint32_t seed) {
  std::minstd_rand chance(seed);
  heal();
  lose_power_below(*top_, unsynced, chance);
  ++boot_;
}

void SimulatedDisk::lose_power_below(Node& node, Unsynced unsynced, std::minstd_rand& chance) {
  const auto arrives = [&](Unsynced lost) {
    if (unsynced == Unsynced::each_by_chance) return chance() % 2 == 0;
    return unsynced != Unsynced::all_lost && unsynced != lost;
  };
  // A length may arrive without its data; what was cut off may be back.
  if (node.seen.size() != node.durable.size() && arrives(Unsynced::all_lost)) {
    node.durable.resize(node.seen.size(), '\0');
  }
  for (const std::size_t block : node.dirty) {
    if (arrives(Unsynced::contents_lost)) node.write_block(block);
  }
  node.dirty.clear();
  node.seen = node.durable;
  for (const auto& [name, child] : node.entries) {
    if (!node.durable_entries.contains(name) && arrives(Unsynced::entries_lost)) {
      node.durable_entries.insert({name, child});
    }
  }
  std::erase_if(node.durable_entries, [&](const auto& entry) {
    return !node.entries.contains(entry.first) && arrives(Unsynced::entries_lost);
  });
  node.entries = node.durable_entries;
  node.locked = false;
  for (auto& [name, child] : node.entries) lose_power_below(*child, unsynced, chance);
}

std::string& SimulatedDisk::bytes_of(const Path& path) { return find(path)->seen; }

Result<std::unique_ptr<File>> SimulatedDisk::open(const Path& path, OpenMode mode) {
  if (mode == OpenMode::create_new) {
    if (Status counted = count_call(); !counted) return counted.error();
    Result<NodePtr> folder = folder_of(path);
    if (!folder) return folder.error();
    if (!(*folder)->entries.insert({path.filename().string(), std::make_shared<Node>()}).second) {
      return plain(ErrorKind::conflict);
    }
  }
  NodePtr node = find(path);
  if (!node) return plain(ErrorKind::not_found);
  return std::make_unique<SimulatedFile>(*this, std::move(node));
}

Status SimulatedDisk::create_directory(const Path& path) {
  if (Status counted = count_call(); !counted) return counted;
  const Result<NodePtr> folder = folder_of(path);
  if (!folder) return folder.error();
  const auto [entry, inserted] = (*folder)->entries.insert({path.filename().string(), nullptr});
  if (!inserted) return plain(ErrorKind::conflict);
  entry->second = std::make_shared<Node>();
  entry->second->kind = Node::Kind::folder;
  return ok();
}

Result<std::vector<std::string>> SimulatedDisk::list(const Path& path) {
  const NodePtr folder = find(path);
  if (!folder) return plain(ErrorKind::not_found);
  std::vector<std::string> names;
  for (const auto& [name, node] : folder->entries) names.push_back(name);
  return names;
}

Status SimulatedDisk::remove(const Path& path) {
  if (Status counted = count_call(); !counted) return counted;
  const Result<NodePtr> folder = folder_of(path);
  if (!folder) return folder.error();
  if ((*folder)->entries.erase(path.filename().string()) == 0) return plain(ErrorKind::not_found);
  return ok();
}

Status SimulatedDisk::remove_file(const Path& path) { return remove(path); }

Status SimulatedDisk::remove_directory(const Path& path) {
  const NodePtr folder = find(path);
  if (folder && !folder->entries.empty()) return plain(ErrorKind::conflict);
  return remove(path);
}

Status SimulatedDisk::sync_directory(const Path& path) {
  ++syncs_;
  if (Status counted = count_call(); !counted) return counted;
  const NodePtr folder = find(path);
  if (!folder) return plain(ErrorKind::not_found);
  folder->durable_entries = folder->entries;
  return ok();
}

Result<std::unique_ptr<DirectoryLock>> SimulatedDisk::lock_directory(const Path& path) {
  NodePtr folder = find(path);
  if (!folder) return plain(ErrorKind::not_found);
  if (folder->locked) return plain(ErrorKind::conflict);
  return std::make_unique<SimulatedLock>(*this, std::move(folder));
}

}  // namespace hermod::blob::test
