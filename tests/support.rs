//! What several tests need.

use ganvas::engine::{DeviceKind, devices};
use std::io::Write as _;

/// Says that a check is left out, past the test runner's capture of output.
pub fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {why}");
}

/// A GPU or software adapter for tests of the WGSL engine. Without one the test is skipped, saying so, unless GANVAS_REQUIRE_GPU=1
/// promises one.
pub fn adapter(what: &str) -> Option<wgpu::Adapter> {
    let found = devices::list().into_iter().find_map(|listed| match listed.device {
        devices::Device::Gpu(adapter) if listed.info.kind != DeviceKind::CpuEngine => Some(adapter),
        _ => None,
    });
    if found.is_none() {
        assert!(std::env::var_os("GANVAS_REQUIRE_GPU").is_none(), "GANVAS_REQUIRE_GPU is set, but there is no adapter for: {what}");
        skipped(what, "no Vulkan, Metal or DX12 adapter");
    }
    found
}
