#include "serve/model_registry.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "base/format.h"
#include "serve/on_worker.h"

namespace bantam::serve {

namespace asio = boost::asio;

// Requests that wait for the same model.
struct ModelRegistry::Loading {
  explicit Loading(const asio::any_io_executor& network)
      : done(network, asio::steady_timer::time_point::max()) {}
  asio::steady_timer done;
  std::shared_ptr<ServedModel> model;
  std::exception_ptr error;
};

ModelRegistry::ModelRegistry(RegistryOptions options, ModelCatalog catalog,
                             asio::any_io_executor network)
    : options_(std::move(options)), catalog_(std::move(catalog)), network_(std::move(network)) {}

void ModelRegistry::stop() {
  workers_.stop();
  workers_.join();
  for (const auto& held : all_) {
    if (const auto model = held.lock()) model->runner->stop();
  }
}

http::Awaitable<std::shared_ptr<ServedModel>> ModelRegistry::acquire(std::string name) {
  const CatalogEntry entry = catalog_.find(name);
  const std::string& known = entry.source.name;
  const auto found = loaded_.find(known);
  // Another model may have been given the name.
  if (found != loaded_.end() && found->second->digest == entry.digest) co_return found->second;
  if (const auto waiting = loading_.find(known); waiting != loading_.end()) {
    const std::shared_ptr<Loading> other = waiting->second;
    boost::system::error_code woken;
    co_await other->done.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (other->error) std::rethrow_exception(other->error);
    if (other->model) co_return other->model;
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  const auto mine = std::make_shared<Loading>(network_);
  loading_[known] = mine;
  try {
    const auto load_it = [this, &entry] { return load(entry); };
    mine->model = co_await on_worker(workers_, load_it);
    keep(*mine->model, options_.keep_alive);
    loaded_[known] = mine->model;
    all_.push_back(mine->model);
  } catch (...) {
    mine->error = std::current_exception();
  }
  loading_.erase(known);
  mine->done.cancel();
  if (mine->error) std::rethrow_exception(mine->error);
  co_return mine->model;
}

std::shared_ptr<ServedModel> ModelRegistry::load(const CatalogEntry& entry) const {
  auto served = std::make_shared<ServedModel>();
  served->name = entry.source.name;
  served->digest = entry.digest;
  served->loaded = library::load_model(entry.source);
  served->reply_format =
      replies::detect_reply_format(served->loaded.template_source, served->loaded.tokenizer.get());
  served->structured_output =
      std::make_unique<library::StructuredOutput>(*served->loaded.tokenizer);
  served->runner =
      std::make_unique<ModelRunner>(served->loaded.model, options_.engine_options(served->loaded));
  return served;
}

http::Awaitable<ModelSummary> ModelRegistry::summary(const CatalogEntry& entry) {
  const std::string key = entry.source.name + " " + entry.digest;
  if (const auto known = summaries_.find(key); known != summaries_.end()) co_return known->second;
  const auto read = [&entry] { return summarize(entry.source); };
  ModelSummary summary = co_await on_worker(workers_, read);
  summaries_[key] = summary;
  co_return summary;
}

std::vector<std::shared_ptr<ServedModel>> ModelRegistry::all_loaded() const {
  std::vector<std::shared_ptr<ServedModel>> models;
  for (const auto& [name, model] : loaded_) models.push_back(model);
  return models;
}

void ModelRegistry::keep(ServedModel& model, std::optional<std::chrono::seconds> time) const {
  model.expires = Clock::time_point::max();
  if (!time) return;
  model.expires = Clock::now() + *time;
  model.expires_at = std::chrono::system_clock::now() + *time;
}

void ModelRegistry::expire() {
  const Clock::time_point now = Clock::now();
  std::erase_if(all_, [](const auto& held) { return held.expired(); });
  std::erase_if(loaded_, [&](const auto& entry) {
    return entry.second->expires <= now && entry.second.use_count() == 1;
  });
}

}  // namespace bantam::serve
