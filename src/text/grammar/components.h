// Strongly connected components of a directed graph.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace bantam::grammar {

// The component of each of `count` nodes; components are numbered so that edges lead to lower or
// equal numbers. `successors(node)` gives a random-access list. Without recursion. Tarjan,
// "Depth-first search and linear graph algorithms", 1972.
template <typename Successors>
std::vector<std::uint32_t> strong_components(std::uint32_t count, Successors successors) {
  constexpr std::uint32_t kUnseen = 0;
  std::vector<std::uint32_t> order(count, kUnseen), low(count), component(count);
  std::vector<std::uint32_t> open;  // nodes whose component is not known yet
  struct Visit {
    std::uint32_t node;
    std::size_t next;
  };
  std::vector<Visit> path;
  std::vector<bool> is_open(count);
  std::uint32_t seen = 0, components = 0;
  const auto enter = [&](std::uint32_t node) {
    order[node] = low[node] = ++seen;
    open.push_back(node);
    is_open[node] = true;
    path.push_back({node, 0});
  };
  for (std::uint32_t root = 0; root < count; ++root) {
    if (order[root] == kUnseen) enter(root);
    while (!path.empty()) {
      const std::uint32_t node = path.back().node;
      const auto& next = successors(node);
      if (path.back().next < next.size()) {
        const std::uint32_t target = next[path.back().next++];
        if (order[target] == kUnseen) {
          enter(target);
        } else if (is_open[target]) {
          low[node] = std::min(low[node], order[target]);
        }
        continue;
      }
      path.pop_back();
      if (!path.empty()) low[path.back().node] = std::min(low[path.back().node], low[node]);
      if (low[node] != order[node]) continue;
      for (std::uint32_t member = kUnseen;;) {
        member = open.back();
        open.pop_back();
        is_open[member] = false;
        component[member] = components;
        if (member == node) break;
      }
      ++components;
    }
  }
  return component;
}

}  // namespace bantam::grammar
