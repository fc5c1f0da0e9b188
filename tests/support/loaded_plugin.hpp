// LoadedPlugin: a plugin of the build tree, loaded as the host loads it: at once, its symbols its own, for
// good.
#pragma once

#include <dlfcn.h>

#include <stdexcept>

#include "hermod/plugin.hpp"

namespace hermod::test {

class LoadedPlugin {
 public:
  // Throws std::runtime_error when it is no plugin of this API.
  explicit LoadedPlugin(const std::string& file) {
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(dlerror());
    descriptor_ = static_cast<const PluginDescriptor*>(dlsym(library, plugin_symbol));
    if (descriptor_ == nullptr || descriptor_->magic != plugin_magic ||
        descriptor_->fingerprint != fingerprint()) {
      throw std::runtime_error("not a plugin of this API: " + file);
    }
    provider_ = descriptor_->create();
  }
  const PluginDescriptor& descriptor() const { return *descriptor_; }
  Provider& provider() const { return *provider_; }

 private:
  const PluginDescriptor* descriptor_;
  Provider* provider_;
};

}  // namespace hermod::test
