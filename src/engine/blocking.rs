//! What waits, for those who may: not in a browser.

use super::{
    EngineError,
    gpu::{GpuEngine, ProductLoop, describe, product_loop},
};
use crate::plan::Plan;

impl GpuEngine {
    /// Opens `adapter` with the main loop for products that suits it, and loads `plan`.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn open(adapter: &wgpu::Adapter, plan: Plan) -> Result<GpuEngine, EngineError> {
        Self::open_with(adapter, plan, product_loop(&describe(adapter)))
    }

    /// As [`GpuEngine::open`] with a main loop of the caller's choice.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn open_with(adapter: &wgpu::Adapter, plan: Plan, product: &'static ProductLoop) -> Result<GpuEngine, EngineError> {
        pollster::block_on(Self::opening(adapter, plan, product))
    }
}
