#include "store/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "store/blob_file.h"
#include "store/layout.h"
#include "store/verify.h"
#include "support/temporary_folder.h"

namespace bantam::store {
namespace {

namespace fs = std::filesystem;

const ReportProgress kQuiet = [](const Progress&) {};

class StoreTest : public testing::Test {
 protected:
  // A model of these weights, with a license that all have.
  void add(const std::string& name, const std::string& weights, const std::string& system = "") {
    StoreWriter writer(store_.root());
    std::vector<Layer> layers = {writer.put(layer::kModel, weights),
                                 writer.put(layer::kLicense, "free")};
    if (!system.empty()) layers.push_back(writer.put(layer::kSystem, system));
    layers.push_back(writer.put(layer::kParameters, R"({"stop":["</s>"],"temperature":0.1})"));
    const Manifest manifest{.config = writer.put("", config_text({.model_format = "gguf",
                                                                  .model_family = "llama",
                                                                  .model_families = {"llama"},
                                                                  .model_type = "1B",
                                                                  .file_type = "F16",
                                                                  .renderer = {},
                                                                  .parser = {},
                                                                  .requires_version = {}},
                                                                 layers)),
                            .layers = layers};
    writer.publish(ModelName::parse(name), manifest_text(manifest));
  }
  std::size_t blob_count() const {
    const fs::directory_iterator files(store_.root() / "blobs");
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  test::TemporaryFolder temporary_;
  Store store_{temporary_.path() / "models"};
};

TEST_F(StoreTest, IsEmptyWhereThereIsNoFolder) {
  EXPECT_TRUE(store_.list().empty());
  EXPECT_FALSE(store_.find(ModelName::parse("a")));
  EXPECT_THROW(store_.read(ModelName::parse("a")), Error);
  EXPECT_THROW(store_.remove(ModelName::parse("a")), Error);
  EXPECT_THROW(store_.copy(ModelName::parse("a"), ModelName::parse("b")), Error);
  EXPECT_TRUE(verify(store_, 1, kQuiet, {}).faults.empty());
  EXPECT_FALSE(fs::exists(store_.root()));
}

TEST_F(StoreTest, GivesAModelsParts) {
  add("Mixed-Case:x", "weights", "Be brief.");
  const ModelParts parts = store_.read(ModelName::parse("mixed-case:X"));
  EXPECT_EQ(parts.name.text(), "Mixed-Case:x");
  EXPECT_EQ(parts.system, "Be brief.");
  EXPECT_EQ(parts.licenses, std::vector<std::string>{"free"});
  EXPECT_EQ(parts.config.model_family, "llama");
  EXPECT_EQ(parts.parameters.size(), 2U);
  EXPECT_EQ(parts.model, store_.blob_path(sha256_of("weights")));
  EXPECT_TRUE(store_.has_blob(sha256_of("weights")));
  ASSERT_EQ(store_.list().size(), 1U);
  EXPECT_EQ(store_.list()[0].id, parts.id);
  EXPECT_EQ(store_.list()[0].fault, "");
}

TEST_F(StoreTest, RemovesOnlyWhatNoOtherModelHas) {
  add("a", "one");
  add("b", "two");
  store_.copy(ModelName::parse("a"), ModelName::parse("c"));
  EXPECT_EQ(store_.remove(ModelName::parse("a")).blobs, 0U);
  EXPECT_EQ(store_.remove(ModelName::parse("c")).blobs, 2U);  // weights and config
  EXPECT_TRUE(store_.has_blob(sha256_of("two")));
  EXPECT_TRUE(store_.has_blob(sha256_of("free")));
  store_.remove(ModelName::parse("b"));
  EXPECT_EQ(blob_count(), 0U);
  EXPECT_TRUE(fs::is_empty(store_.root() / "manifests"));
}

TEST_F(StoreTest, ReplacingAModelDropsItsOldBlobs) {
  add("a", "one");
  add("a", "two");
  EXPECT_FALSE(store_.has_blob(sha256_of("one")));
  EXPECT_EQ(store_.read(ModelName::parse("a")).model, store_.blob_path(sha256_of("two")));
}

TEST_F(StoreTest, RemovesNothingWhileAManifestCannotBeRead) {
  add("a", "one");
  add("b", "two");
  std::ofstream(store_.root() / "manifests/registry.ollama.ai/library/b/latest") << "{";
  const RemoveReport report = store_.remove(ModelName::parse("a"));
  EXPECT_EQ(report.blobs, 0U);
  EXPECT_NE(report.why_kept.find("library/b/latest"), std::string::npos);
  EXPECT_TRUE(store_.has_blob(sha256_of("one")));
  const auto entries = store_.list();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_NE(entries[0].fault, "");
  store_.remove(ModelName::parse("b"));  // a damaged one can be removed
  EXPECT_EQ(store_.remove_unused(std::chrono::seconds(0)).blobs, 6U);
}

TEST_F(StoreTest, KeepsWhatAnotherOperationUses) {
  add("a", "one");
  StoreWriter other(store_.root());
  EXPECT_TRUE(other.keep(sha256_of("one")));
  const RemoveReport report = store_.remove(ModelName::parse("a"));
  EXPECT_EQ(report.in_use, 1U);
  EXPECT_TRUE(store_.has_blob(sha256_of("one")));
  EXPECT_FALSE(store_.has_blob(sha256_of("free")));
}

TEST_F(StoreTest, OneMakesABlobAtATime) {
  StoreWriter a(store_.root()), b(store_.root());
  const Digest digest = sha256_of("x");
  EXPECT_TRUE(a.lock().try_make(digest));
  EXPECT_FALSE(b.lock().try_make(digest));
  EXPECT_TRUE(b.lock().try_make(sha256_of("y")));
  a.lock().end_make(digest);
  EXPECT_TRUE(b.lock().try_make(digest));
}

TEST_F(StoreTest, WaitingForABlobCanBeCancelled) {
  StoreWriter owner(store_.root());
  ASSERT_TRUE(owner.lock().try_own(sha256_of("x")));
  std::stop_source stop;
  stop.request_stop();
  StoreWriter waiting(store_.root(), stop.get_token());
  EXPECT_THROW(waiting.keep(sha256_of("x")), Error);
}

TEST_F(StoreTest, RefusesBytesThatAreNotTheExpectedOnes) {
  StoreWriter writer(store_.root());
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  {
    BlobWriter blob(writer, sha256_of("expected"), 100);
    blob.write(bytes("something else"));
    EXPECT_THROW(blob.commit(), Error);
  }
  BlobWriter blob(writer, sha256_of("expected"), 100);
  blob.write(bytes("expec"));
  blob.write(bytes("ted"));
  EXPECT_EQ(blob.commit(), sha256_of("expected"));
  EXPECT_EQ(blob_count(), 1U);
  EXPECT_EQ(store_.read_blob(sha256_of("expected")), "expected");
}

TEST_F(StoreTest, ClearsWhatKilledProcessesLeft) {
  {
    StoreWriter writer(store_.root());
  }
  fs::create_directories(store_.root() / layout::kStaging / "1-1" / "deep");
  std::ofstream(store_.root() / layout::kStaging / "1-1" / "0") << "half";
  StoreWriter writer(store_.root());
  const Staging mine(writer.root());
  const Staging other(writer.root());
  const fs::directory_iterator left(store_.root() / layout::kStaging);
  EXPECT_EQ(std::distance(begin(left), end(left)), 2);
}

TEST_F(StoreTest, VerifyMovesDamagedBlobsAway) {
  add("a", "one");
  add("b", "two");
  std::ofstream(store_.blob_path(sha256_of("one"))) << "eno";
  fs::remove(store_.blob_path(sha256_of("two")));
  const VerifyReport report = verify(store_, 2, kQuiet, {});
  ASSERT_EQ(report.faults.size(), 2U);
  for (const VerifyFault& fault : report.faults) {
    const bool is_damaged = fault.what == layout::blob(sha256_of("one"));
    EXPECT_EQ(fault.is_quarantined, is_damaged) << fault.what;
    EXPECT_EQ(fault.models, std::vector<std::string>{is_damaged ? "a:latest" : "b:latest"});
  }
  EXPECT_FALSE(store_.has_blob(sha256_of("one")));
  EXPECT_TRUE(fs::exists(store_.root() / layout::kQuarantine / sha256_of("one").file_name()));
  EXPECT_EQ(verify(store_, 1, kQuiet, {}, {ModelName::parse("b")}).models, 1U);
}

TEST_F(StoreTest, ManyThreadsAddAndRemoveAtOnce) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 15; ++i) {
        const std::string name = "m" + std::to_string(t);
        add(name, "weights " + std::to_string(i % 3));
        store_.copy(ModelName::parse(name), ModelName::parse(name + ":copy"));
        store_.remove(ModelName::parse(name));
        store_.read(ModelName::parse(name + ":copy"));
      }
    });
  }
  threads.clear();
  EXPECT_TRUE(verify(store_, 1, kQuiet, {}).faults.empty());
  EXPECT_EQ(store_.list().size(), 4U);
}

TEST_F(StoreTest, LinksFilesOnlyWhereAsked) {
  const fs::path file = temporary_.path() / "model.gguf";
  std::ofstream(file) << "weights";
  StoreWriter writer(store_.root());
  const AddedFile linked = add_file(writer, file, LinkMode::Link, kQuiet);
  EXPECT_EQ(linked.how, Added::Linked);
  EXPECT_EQ(linked.digest, sha256_of("weights"));
  EXPECT_TRUE(fs::equivalent(file, store_.blob_path(linked.digest)));
  EXPECT_EQ(add_file(writer, file, LinkMode::CloneOrCopy, kQuiet).how, Added::WasThere);
  fs::remove(store_.blob_path(linked.digest));
  add_file(writer, file, LinkMode::CloneOrCopy, kQuiet);
  EXPECT_FALSE(fs::equivalent(file, store_.blob_path(linked.digest)));
  EXPECT_THROW(add_file(writer, temporary_.path(), LinkMode::CloneOrCopy, kQuiet), Error);
  EXPECT_THROW(add_file(writer, "/dev/zero", LinkMode::Link, kQuiet), Error);
  EXPECT_THROW(add_file(writer, "/nowhere", LinkMode::CloneOrCopy, kQuiet), Error);
}

}  // namespace
}  // namespace bantam::store
